/** A page of the web entry, which brings all its style and loads nothing. */
export function page(title: string, body: string, head = ""): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${head}<title>${text(title)}</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 68rem; margin: 2rem auto; padding: 0 1rem; }
h2 { font-size: 1rem; margin: 1.5rem 0 0.25rem; }
code { font-size: 0.875rem; overflow-wrap: anywhere; }
small { display: block; opacity: 0.75; }
.pages { display: flex; flex-wrap: wrap; gap: 0.5rem; padding: 0; list-style: none; }
.pages a { display: block; padding: 0.5rem 1rem; border: 1px solid; border-radius: 0.5rem; text-decoration: none; }
table { width: 100%; border-collapse: collapse; table-layout: fixed; }
th, td { padding: 0.375rem 0.75rem 0.375rem 0; border-bottom: 1px solid #8884; text-align: left; vertical-align: top; }
thead th { opacity: 0.75; font-weight: normal; }
tbody th { font-weight: 600; overflow-wrap: anywhere; }
th small { font-weight: normal; }
td > code { display: block; }
.state { width: 7rem; }
.state span::before { content: "○ "; }
.state [data-level="fine"] { color: light-dark(#1f7a3a, #5cc47d); }
.state [data-level="fine"]::before { content: "● "; }
.state [data-level="critical"] { color: light-dark(#c01f35, #ff7b8b); font-weight: 600; }
.state [data-level="critical"]::before { content: "▲ "; }
@media (max-width: 40rem) {
  table, tbody, tr, th, td { display: block; width: auto; }
  thead { display: none; }
  th, td { border: 0; padding: 0.125rem 0; }
  tr { padding: 0.5rem 0; border-bottom: 1px solid #8884; }
  .state { width: auto; }
  td[data-label]::before { content: attr(data-label) ": "; opacity: 0.75; }
}
</style>
</head>
<body>
${body}
</body>
</html>
`;
}

/** Text as HTML. */
export function text(plain: string): string {
  const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return plain.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}
