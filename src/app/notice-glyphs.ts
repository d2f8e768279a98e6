import { sql } from 'kysely';
import { wordsOf } from '../domain/letter.ts';
import type { NoticeDocument } from '../domain/notice.ts';
import type { NoticeFacts } from '../domain/notice-facts.ts';
import type { Context, Reader } from './context.ts';

/** What stands in a notice or in the names of those it goes to, and no face draws. */
export interface Undrawable {
  characters: string[];
  /** Parties whose name, contacts or addresses have such characters. */
  people: { party: string; characters: string }[];
}

/** Latin, Greek and Cyrillic letters are all drawn; only what has others is looked at, e.g. a hundred of 100,000. */
const OTHERS = '[^\\u0001-\\u052f]';
const MOST_PARTIES = 50_000;

/** Asks the faces about every text, fact and name that would be printed in the letters of a notice. */
export async function findUndrawable(
  reader: Reader,
  typesetter: Pick<Context['typesetter'], 'undrawable'>,
  notice: { actionId: number; document: NoticeDocument; facts: NoticeFacts },
): Promise<Undrawable> {
  const { rows } = await sql<{ party: string; words: string }>`
    select party, string_agg(words, ' ') as words from (
      select o.party_id, p.name as party, concat_ws(' ', p.name, p.street, p.city, p.region, c.name, s.name, s.street, s.city, s.region) as words
        from obligation o join party p on p.id = o.party_id
        left join contact c on c.party_id = o.party_id and c.status = 'active'
        left join site s on s.party_id = o.party_id
       where o.action_id = ${notice.actionId}) told
     where words ~ ${OTHERS}
     group by party_id, party order by party_id limit ${MOST_PARTIES}`.execute(reader);
  const own = wordsOf(notice.document.texts) + wordsOf(notice.facts);
  const characters = await typesetter.undrawable(own + rows.map((row) => row.words).join('\n'));
  if (characters.length === 0) return { characters, people: [] };
  return {
    characters,
    people: rows.flatMap(({ party, words }) => {
      const found = characters.filter((one) => words.includes(one)).join(' ');
      return found === '' ? [] : [{ party, characters: found }];
    }),
  };
}
