/** What GET /actions/:reference/status answers, as far as it is printed. */
export interface Status {
  reference: string;
  title: string;
  stage: string;
  total: number;
  corrections: Record<string, number>;
  obligations: Record<string, number>;
  notices: Record<string, number>;
  deadlines: { missed: number; today: number; week: number };
  tasks: { kind: string; count: number }[];
}

/** The status of an action for a terminal. */
export function printStatus(status: Status): string {
  const counts = (all: Record<string, number>): string =>
    Object.entries(all)
      .map(([state, count]) => `${count} ${state}`)
      .join(', ') || 'none';
  const { missed, today, week } = status.deadlines;
  return `${status.reference}  ${status.title}
Stage        ${status.stage}
Corrections  ${status.total}: ${counts(status.corrections)}
Parties      ${counts(status.obligations)}
Letters      ${counts(status.notices)}
Deadlines    ${missed} missed, ${today} due today, ${week} due this week
Tasks        ${counts(Object.fromEntries(status.tasks.map((task) => [task.kind, task.count])))}
`;
}
