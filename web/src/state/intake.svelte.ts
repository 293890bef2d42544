// Images on their way into the studio: sent, then read by the server, with how far it is; both can be stopped.
import type { DataSet, IntakeState } from "../contract";
import { countText, percentText } from "../number/number";
import { address, get, inData, post, Refusal, sentence, Unreachable } from "../server/api";
import type { Problem } from "../contract";

const ASK_EVERY = 250;

class Intake {
  name = $state("");
  /** From 0 to 1 while that is known. */
  share = $state<number | null>(null);
  doing = $state("");
  fault = $state("");
  #request: XMLHttpRequest | null = null;
  #canceled = false;

  get running(): boolean {
    return this.doing !== "";
  }

  /** Send a file and wait until it is read; null when it was stopped or refused. */
  async take(content: Blob, name: string): Promise<DataSet | null> {
    this.#canceled = false;
    return this.#attempt(name, async () => {
      this.doing = "Sending";
      await this.#send(content, name);
      return this.#read();
    });
  }

  /** Take up what the server is reading already, as after a reload. */
  async resume(): Promise<DataSet | null> {
    if (this.running) return null;
    const state = await get<IntakeState>("/api/images").catch(() => null);
    if (state?.status !== "running") return null;
    this.#canceled = false;
    return this.#attempt(state.name, () => this.#read());
  }

  cancel(): void {
    this.#canceled = true;
    this.#request?.abort();
    void post("/api/images/cancel", {}).catch(() => null);
  }

  async #attempt(name: string, task: () => Promise<DataSet | null>): Promise<DataSet | null> {
    this.name = name;
    this.fault = "";
    try {
      return await task();
    } catch (error) {
      this.fault = this.#canceled ? "" : sentence(error);
      return null;
    } finally {
      this.doing = "";
      this.share = null;
    }
  }

  /** fetch cannot say how much of a body is sent. */
  #send(content: Blob, name: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      this.#request = request;
      request.open("POST", address("/api/images", { name }));
      request.setRequestHeader("content-type", "application/octet-stream");
      request.setRequestHeader("x-glassnet", "1");
      request.upload.onprogress = (event) => {
        this.share = event.lengthComputable ? event.loaded / Math.max(1, event.total) : null;
        this.doing = `Sending ${this.share === null ? "" : percentText(this.share)}`.trim();
      };
      request.onerror = () => reject(new Unreachable());
      request.onabort = () => reject(new Error("stopped"));
      request.onload = () => {
        if (request.status === 200) return resolve();
        let problem: Problem | null = null;
        try {
          problem = JSON.parse(request.responseText) as Problem;
        } catch {
          problem = null;
        }
        reject(
          new Refusal(
            problem?.code ?? "",
            problem?.message ?? `The server answered ${request.status}.`,
            request.status,
          ),
        );
      };
      request.send(content);
    });
  }

  async #read(): Promise<DataSet | null> {
    for (;;) {
      const state = await get<IntakeState>("/api/images");
      if (state.status === "ready" && state.data) return get<DataSet>(inData(state.data));
      if (state.status === "failed") throw new Error(state.message);
      if (state.status !== "running") return null;
      this.share = state.total ? Math.min(1, state.done / state.total) : null;
      const of = state.total ? ` of ${countText(state.total)}` : "";
      this.doing = state.done > 0 ? `${state.doing} ${countText(state.done)}${of}` : state.doing;
      await new Promise((resolve) => setTimeout(resolve, ASK_EVERY));
    }
  }
}

export const intake = new Intake();
