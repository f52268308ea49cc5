/**
 * The commands of a shell block, each as its words. Backslashes at a line's end go on with it; what follows a `#` is a
 * comment; words may be quoted. What else a shell would do with the line, it is an error to write here.
 */
export function commandsOf(script: string): string[][] {
  return script.replace(/\\\n/g, " ").split("\n").map(wordsOf).filter((words) => words.length > 0);
}

function wordsOf(line: string): string[] {
  const words: string[] = [];
  const word = /\s*(?:(#.*)|((?:[^\s'"#|&;<>$`\\(){}*?~]|'[^']*'|"[^"$`\\]*")+))/y;
  while (word.lastIndex < line.trimEnd().length) {
    const start = word.lastIndex, match = word.exec(line);
    if (!match) {
      throw new Error(`what a shell makes of ${JSON.stringify(line.slice(start))} is not known here`);
    }
    if (match[1] !== undefined) break;
    words.push(match[2].replace(/'([^']*)'|"([^"]*)"/g, (_, single, double) => single ?? double));
  }
  return words;
}
