import { mount } from "svelte";

import "./tokens.css";
import "./fonts.css";
import "./page.css";
import Studio from "./shell/Studio.svelte";

const target = document.getElementById("studio");
if (target) mount(Studio, { target });
