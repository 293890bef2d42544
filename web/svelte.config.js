import { vitePreprocess } from "@sveltejs/vite-plugin-svelte";

// `fragments: "tree"` builds elements one by one, so that the page never assigns markup.
export default { preprocess: vitePreprocess({ style: false }), compilerOptions: { runes: true, fragments: "tree" } };
