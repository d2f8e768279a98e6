import type { NoticeDocument } from '../domain/notice.ts';
import { isPublicPath } from '../domain/public-path.ts';
import type { Reader } from './context.ts';
import { linkHash, normaliseToken } from './links.ts';

export interface DeadLink {
  address: string;
  fault: string;
  mend: string;
}

/**
 * Links of a notice that lead into this house and open nothing, or open what they must not: a personal page typed into a
 * text that thousands read. Nothing is fetched: paths are compared with the pages there are, tokens with the links.
 */
export async function findDeadLinks(reader: Reader, document: NoticeDocument, publicUrl: string): Promise<DeadLink[]> {
  const sources = Object.values(document.texts).flatMap((texts) => Object.values(texts));
  const addresses = new Set(
    sources.flatMap((source) => [...source.matchAll(/\]\((https?:\/\/[^\s()]+)\)/g)].map((m) => m[1] ?? '')),
  );
  const dead: DeadLink[] = [];
  for (const address of addresses) {
    const fault = await faultOf(reader, address, publicUrl);
    if (fault) dead.push({ address, ...fault });
  }
  return dead;
}

async function faultOf(
  reader: Reader,
  address: string,
  publicUrl: string,
): Promise<Omit<DeadLink, 'address'> | undefined> {
  const url = URL.parse(address);
  if (!url) return { fault: 'is no address.', mend: 'Write it whole, beginning with https://.' };
  const house = new URL(publicUrl);
  if (url.host !== house.host) return undefined;
  const personal = /^\/p\/([^/]+)/.exec(url.pathname)?.[1];
  if (personal !== undefined) {
    const link = await reader
      .selectFrom('link')
      .select('id')
      .where('token_hash', '=', linkHash(normaliseToken(personal)))
      .executeTakeFirst();
    return {
      fault: link ? 'is the personal page of one contact, and everybody would get it.' : 'opens nobody’s page.',
      mend: 'Use {portal.link}: each reader gets the own page.',
    };
  }
  if (isPublicPath(url.pathname)) return undefined;
  return {
    fault: 'leads to a page of this server that does not exist, or that only staff can open.',
    mend: 'Link to the personal page with {portal.link}, or take the link out.',
  };
}
