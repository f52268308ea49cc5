/** Records as comma-separated values. The columns are all fields there are, in order of appearance; a missing one is empty. */
export function csv(records: readonly object[]): string {
  const rows = records.map((record) => new Map(Object.entries(record)));
  const names = [...new Set(rows.flatMap((row) => [...row.keys()]))];
  const lines = rows.map((row) => names.map((name) => field(String(row.get(name) ?? ""))).join(","));
  return [names.join(","), ...lines].join("\n") + "\n";
}

function field(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
