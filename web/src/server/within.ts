// In a page that needs no server, what answers in its place; null where a server does.
import type { Query } from "./api";
import type { Listener } from "./stream";

export interface Within {
  /** The answer to a request, or an error that says why there is none. */
  answer(method: "GET" | "POST", path: string, query: Query, body: unknown): unknown;
  /** Send what the server's stream would; returns what ends that. */
  watch(path: string, query: Query, listener: Listener): () => void;
}

export const within: { server: Within | null } = { server: null };
