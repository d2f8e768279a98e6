import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

/** Where a command writes and asks: the terminal of this process, or a test. */
export interface Terminal {
  /** What was asked for. */
  out(text: string): void;
  /** Progress, questions and what went wrong. */
  err(text: string): void;
  /** Whether progress may be drawn over itself. */
  live: boolean;
  /** Asks a person; `hidden` for passwords. Undefined when nobody is there to answer. */
  ask(question: string, hidden?: boolean): Promise<string | undefined>;
}

/** The terminal this process was started in. */
export function processTerminal(): Terminal {
  return {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    live: process.stderr.isTTY === true,
    async ask(question, hidden = false) {
      if (!process.stdin.isTTY) return undefined;
      process.stderr.write(question);
      const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
      const lines = createInterface({ input: process.stdin, output: hidden ? silent : process.stderr, terminal: true });
      try {
        return (await lines.question('')).trim();
      } finally {
        lines.close();
        if (hidden) process.stderr.write('\n');
      }
    },
  };
}

/** A table with its columns as wide as their content; numbers to the right. */
export function printTable(
  headings: readonly string[],
  rows: readonly (readonly (string | number | null)[])[],
): string {
  const cells = rows.map((row) => row.map((cell) => (cell === null ? '' : String(cell))));
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  const numeric = headings.map(
    (_heading, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (numeric[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return `${[line(headings), ...cells.map(line)].join('\n')}\n`;
}

/** Wrong usage of a command: exit code 2 and its help. */
export class UsageError extends Error {}
/** Something that stops a command, in one line: exit code 1. */
export class CommandError extends Error {}
