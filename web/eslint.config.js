// What the compiler does not see: unused code, missing keys, shadowed promises. Form is Prettier's business.
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import typescript from "typescript-eslint";

import configuration from "./svelte.config.js";

export default typescript.config(
  { ignores: ["node_modules/", "src/contract.ts"] },
  ...typescript.configs.recommended,
  ...svelte.configs.recommended,
  { languageOptions: { globals: globals.browser } },
  {
    rules: {
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "svelte/no-unused-svelte-ignore": "off", // takes the words of a reason for names of warnings
      "svelte/no-useless-mustaches": "off", // {" "} is a blank that must not be lost at the end of a line
      "svelte/prefer-svelte-reactivity": "off", // means collections that are filled within one function, too
    },
  },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: {
      parserOptions: { parser: typescript.parser, extraFileExtensions: [".svelte"], svelteConfig: configuration },
    },
  },
);
