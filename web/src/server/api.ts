// Requests to the studio's server. What comes back has the types of the contract.
import type { OpenWay, Problem } from "../contract";
import { within } from "./within";

export type Query = Record<string, string | number | boolean | null | undefined>;

/** The server said no, and why. */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status: number,
    /** Ways to read a file that could be meant. */
    readonly ways: readonly OpenWay[] = [],
  ) {
    super(message);
    this.name = "Refusal";
  }
}

/** The server did not answer at all. */
export class Unreachable extends Error {
  constructor() {
    super("The studio's server does not answer. It may have been stopped; start it again with: glassnet studio");
    this.name = "Unreachable";
  }
}

export function address(path: string, query: Query = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined);
  const text = new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString();
  return text ? `${path}?${text}` : path;
}

/** The response of a server that agrees. */
async function agreed(request: Promise<Response>): Promise<Response> {
  let response: Response;
  try {
    response = await request;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Unreachable();
  }
  if (response.ok) return response;
  const problem = (await response.json().catch(() => null)) as Problem | null;
  throw new Refusal(
    problem?.code ?? String(response.status),
    problem?.message ?? `The server answered ${response.status} ${response.statusText}.`,
    response.status,
    problem?.ways,
  );
}

const answer = async <T>(request: Promise<Response>): Promise<T> => (await (await agreed(request)).json()) as T;

/** A file, to be saved under a name. */
export const file = async (path: string, query: Query): Promise<Blob> =>
  (await agreed(fetch(address(path, query)))).blob();

/** The answer of the page itself; as late as one from a server, so that nothing waits for it. */
async function own<T>(method: "GET" | "POST", path: string, query: Query, body: unknown): Promise<T> {
  await new Promise((done) => setTimeout(done));
  return within.server?.answer(method, path, query, body) as T;
}

export const get = <T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> =>
  within.server
    ? own<T>("GET", path, query, null)
    : answer<T>(
        fetch(address(path, query), { headers: { accept: "application/json" }, ...(signal ? { signal } : {}) }),
      );

export const post = <T>(path: string, body: unknown): Promise<T> =>
  within.server ? own<T>("POST", path, {}, body) : send<T>(path, JSON.stringify(body), "application/json");

/** POST text or a file as it is. The header of our own keeps other pages' forms out. */
export const send = <T>(path: string, body: BodyInit, type: string): Promise<T> =>
  answer<T>(fetch(path, { method: "POST", body, headers: { "content-type": type, "x-glassnet": "1" } }));

/** POST a question whose answer is a file. */
export async function postForFile(path: string, body: unknown): Promise<Blob> {
  const headers = { "content-type": "application/json", "x-glassnet": "1" };
  const response = await fetch(path, { method: "POST", body: JSON.stringify(body), headers }).catch(() => {
    throw new Unreachable();
  });
  if (response.ok) return response.blob();
  return answer<Blob>(Promise.resolve(response));
}

export const inRun = (run: string, part = ""): string => `/api/runs/${encodeURIComponent(run)}${part && `/${part}`}`;
export const inData = (data: string, part = ""): string => `/api/data/${encodeURIComponent(data)}${part && `/${part}`}`;

export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
