/** A time span for a person: `0.4 s`, `12 s`, `3 min 05 s`, `2 h 07 min`. */
export function formatDuration(seconds: number): string {
  if (!(seconds >= 0 && Number.isFinite(seconds))) return "—";
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/** Units a second for a person; a minute or an hour where that is slow. */
export function formatRate(perSecond: number): string {
  const [rate, unit] = perSecond >= 1
    ? [perSecond, "s"]
    : perSecond * 60 >= 1
    ? [perSecond * 60, "min"]
    : [perSecond * 3600, "h"];
  return `${rate >= 99.5 ? Math.round(rate) : Number(rate.toPrecision(2))}/${unit}`;
}
