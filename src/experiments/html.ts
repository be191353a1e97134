// A report as one self-contained page: no network, light and dark, printable.
import type { Table } from "../core/table.ts";
import { escapeMarkup } from "../figures/theme.ts";
import type { NamedSvg } from "./run-figures.ts";

/** What a page is made of, from top to bottom. */
type Page = {
  readonly title: string;
  readonly question: string;
  readonly answers: readonly string[];
  readonly tables: readonly Table[];
  readonly figures: readonly NamedSvg[];
  /** Tables that are folded away. */
  readonly details: readonly Table[];
  readonly repeat: string;
  /** The experiment as it was run. */
  readonly source: string;
};

const STYLE = `
:root { color-scheme: light dark; --ink: #1f2328; --faint: #59636e; --paper: #ffffff; --rule: #d1d9e0; --raised: #f6f8fa; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --faint: #9198a1; --paper: #0d1117; --rule: #3d444d; --raised: #151b23; }
  figure > svg { filter: invert(0.93) hue-rotate(180deg); } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 74rem; background: var(--paper); color: var(--ink);
  font: 16px/1.55 Inter, "Helvetica Neue", Arial, sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .4rem; } h2 { font-size: 1.15rem; margin: 2.4rem 0 .6rem; }
.question { font-size: 1.1rem; color: var(--faint); margin: 0 0 1.4rem; max-width: 46rem; }
ul.answers { padding-left: 1.1rem; max-width: 60rem; } ul.answers li { margin: .35rem 0; overflow-wrap: anywhere; }
figure { margin: 1.2rem 0; overflow-x: auto; border: 1px solid var(--rule); border-radius: 6px; background: #fff; }
@media (prefers-color-scheme: dark) { figure { background: #121212; } }
figure > svg { display: block; max-width: 100%; min-width: 44rem; height: auto; margin: 0 auto; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: .86rem; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .7rem; text-align: right; border-bottom: 1px solid var(--rule); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; position: sticky; left: 0; background: var(--paper); }
th { color: var(--faint); font-weight: 600; } caption { text-align: left; font-weight: 600; padding: .3rem 0; }
td.off { color: #c0261f; font-weight: 600; } @media (prefers-color-scheme: dark) { td.off { color: #ff7b72; } }
pre { background: var(--raised); padding: .8rem 1rem; overflow-x: auto; border-radius: 6px; font-size: .85rem; }
details { margin: .6rem 0; } summary { cursor: pointer; font-weight: 600; }
@media print { body { max-width: none; padding: 0; font-size: 11pt; } figure { break-inside: avoid; border: 0; }
  figure > svg { min-width: 0; filter: none; } .scroll, figure { overflow: visible; } }`;

function tableHtml({ title, columns, rows }: Table): string {
  const cell = (value: string | number): string => {
    const text = escapeMarkup(String(value));
    return text === "disagree" ? `<td class="off">${text}</td>` : `<td>${text}</td>`;
  };
  const head = columns.map((column) => `<th scope="col">${escapeMarkup(column)}</th>`).join("");
  const body = rows.map((row) => `<tr>${row.map(cell).join("")}</tr>`).join("\n");
  const caption = `<caption>${escapeMarkup(title)}</caption>`;
  return `<div class="scroll"><table>${caption}<thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

/** The page as HTML text. All text is escaped; figures are the program's own SVG. */
export function html(page: Page): string {
  const { title, question, answers, tables, figures, details, repeat, source } = page;
  const folded = details.map(
    (table) =>
      `<details><summary>${escapeMarkup(table.title)}</summary>${tableHtml(table)}</details>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeMarkup(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeMarkup(title)}</h1>
<p class="question">${escapeMarkup(question)}</p>
<h2>What was found</h2>
<ul class="answers">
${answers.map((answer) => `<li>${escapeMarkup(answer)}</li>`).join("\n")}
</ul>
<h2>Figures</h2>
${figures.map(([, svg]) => `<figure>${svg}</figure>`).join("\n")}
<h2>Tables</h2>
${tables.map(tableHtml).join("\n")}
<h2>Every metric of every cell</h2>
${folded.join("\n")}
<h2>Repeat it</h2>
<pre>${escapeMarkup(repeat)}</pre>
<details><summary>The experiment</summary><pre>${escapeMarkup(source)}</pre></details>
</main>
</body>
</html>
`;
}
