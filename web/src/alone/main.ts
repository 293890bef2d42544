import { mount } from "svelte";

import "../tokens.css";
import "../page.css";
import Alone from "./Alone.svelte";
import type { Shown } from "./shown";

const target = document.getElementById("drawing");
const held = document.getElementById("document")?.textContent;
if (target && held) mount(Alone, { target, props: { shown: JSON.parse(held) as Shown } });
