import { mount } from "svelte";

import "../tokens.css";
import "../page.css";
import "./fonts.css";
import { CHAPTERS, columnsOf } from "../shell/chapters";
import { sentence } from "../server/api";
import { within } from "../server/within";
import type { Understanding } from "../contract";
import { Answers } from "./answers";
import Damaged from "./Damaged.svelte";
import { readDocument } from "./document";
import type { LessonDocument } from "./document";
import Lesson from "./Lesson.svelte";
import { Progress } from "./progress";

/** The run that the page opens with: what was done here before, the run that came along, or a chapter. */
function open(lesson: LessonDocument, answers: Answers, progress: Progress): string {
  const kept = progress.read();
  for (const lab of [kept, lesson.lab]) {
    if (!lab) continue;
    try {
      answers.open(lab);
      return "";
    } catch (error) {
      if (lab === lesson.lab) return sentence(error);
      progress.forget();
    }
  }
  const chapter = CHAPTERS[lesson.chapter - 1];
  if (chapter) {
    const columns = columnsOf(chapter);
    const path = `/api/data/${chapter.data}/columns`;
    const { proposal } = answers.answer("POST", path, {}, columns) as Understanding;
    if (proposal) answers.begin({ data: chapter.data, columns, settings: { ...proposal, ...chapter.settings } });
  } else answers.begin({ data: lesson.data[0]?.data.summary.id ?? "" });
  return "";
}

function start(target: HTMLElement, lesson: LessonDocument): void {
  const progress = new Progress(lesson.id);
  const answers = new Answers(lesson, (lab) => progress.write(lab));
  const fault = open(lesson, answers, progress);
  within.server = answers;
  const leave = (): void => answers.save();
  addEventListener("pagehide", leave);
  const again = (): void => {
    removeEventListener("pagehide", leave);
    progress.forget();
    location.reload();
  };
  mount(Lesson, { target, props: { lesson, fault, again } });
}

const target = document.getElementById("drawing");
const held = document.getElementById("document")?.textContent;
if (target) {
  try {
    start(target, readDocument(held ?? ""));
  } catch (error) {
    mount(Damaged, { target, props: { title: document.title.replace(/ - glassnet$/, ""), what: sentence(error) } });
  }
}
