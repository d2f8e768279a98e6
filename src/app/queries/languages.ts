import { sql } from 'kysely';
import type { Reader } from '../context.ts';

/** How many active contacts name each language as theirs, and how many name none. */
export async function countContactLanguages(reader: Reader): Promise<{ languages: Map<string, number>; none: number }> {
  const { rows } = await sql<{ language: string | null; n: number }>`
    select l.language, count(*)::int as n
      from contact c left join lateral unnest(c.languages) as l(language) on true
     where c.status = 'active' group by l.language`.execute(reader);
  return {
    languages: new Map(rows.flatMap(({ language, n }) => (language === null ? [] : [[language, n] as const]))),
    none: rows.find((row) => row.language === null)?.n ?? 0,
  };
}
