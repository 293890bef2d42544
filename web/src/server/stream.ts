// The server's events: one connection, opened again when the view changes, and again by itself after a loss.
import type { ComparisonState, Frame, RunState } from "../contract";
import { address, type Query } from "./api";
import { within } from "./within";

export type Connection = "connecting" | "open" | "lost";

export interface Listener {
  state(state: RunState): void;
  frame(frame: Frame): void;
  comparison(comparison: ComparisonState): void;
  connection(connection: Connection): void;
}

const SHORTEST_WAIT = 500;
const LONGEST_WAIT = 8000;

export class Stream {
  #source: EventSource | null = null;
  #leave: (() => void) | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #wait = SHORTEST_WAIT;

  open(path: string, query: Query, listener: Listener): void {
    this.close();
    if (within.server) {
      this.#leave = within.server.watch(path, query, listener);
      return;
    }
    const source = new EventSource(address(path, query));
    this.#source = source;
    const on = <T>(name: string, take: (message: T) => void): void =>
      source.addEventListener(name, (event) => {
        if (this.#source === source) take(JSON.parse((event as MessageEvent<string>).data) as T);
      });
    on<RunState>("state", listener.state);
    on<Frame>("frame", listener.frame);
    on<ComparisonState>("comparison", listener.comparison);
    source.onopen = () => {
      this.#wait = SHORTEST_WAIT;
      listener.connection("open");
    };
    source.onerror = () => {
      if (this.#source !== source) return;
      source.close();
      listener.connection("lost");
      this.#retry = setTimeout(() => this.open(path, query, listener), this.#wait);
      this.#wait = Math.min(2 * this.#wait, LONGEST_WAIT);
    };
  }

  close(): void {
    clearTimeout(this.#retry);
    this.#source?.close();
    this.#source = null;
    this.#leave?.();
    this.#leave = null;
  }
}
