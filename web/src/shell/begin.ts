// A chapter of the lecture as a new run.
import type { Understanding } from "../contract";
import { inData, post } from "../server/api";
import { lab } from "../state/lab.svelte";
import { columnsOf, type Chapter } from "./chapters";

export async function beginChapter(chapter: Chapter): Promise<boolean> {
  const columns = columnsOf(chapter);
  const { proposal } = await post<Understanding>(inData(chapter.data, "columns"), columns);
  if (!proposal) return false;
  return lab.begin({ data: chapter.data, columns, settings: { ...proposal, ...chapter.settings } });
}
