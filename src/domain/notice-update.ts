/** Update notices: what they are made from, and to whom they go (EC template 4.1 to 4.3). */
import type { Audience, NoticeDocument, NoticeReach, NoticeUpdate } from './notice.ts';

/** Sections that say which notice is updated and what is new, by layout; every variant of an update has them. */
export const updateSections = {
  letter: ['update'],
  ec: ['ec-previous', 'ec-new-information'],
} as const satisfies Record<NoticeDocument['layout'], readonly string[]>;

/** What an update is when nobody said otherwise. */
export const plainUpdate: NoticeUpdate = { reach: { to: 'everyone' }, asksReceipt: false };

/**
 * The first draft of an update: the released text with the sections that say what is new, empty in each language, so
 * that no language can be sent before somebody has written there what changed.
 */
export function prepareUpdate(released: NoticeDocument, update: NoticeUpdate): NoticeDocument {
  const added: readonly string[] = updateSections[released.layout];
  const variants = Object.fromEntries(
    Object.entries(released.variants).map(([audience, variant]) => [
      audience,
      variant && { ...variant, sections: withUpdateSections(variant.sections, released.layout) },
    ]),
  ) as NoticeDocument['variants'];
  // What an earlier update said was new is not new any more.
  const texts = Object.fromEntries(
    Object.entries(released.texts).map(([language, words]) => [
      language,
      Object.fromEntries(Object.entries(words).filter(([name]) => !added.includes(baseName(name)))),
    ]),
  );
  return { ...released, variants, texts, update };
}

function baseName(name: string): string {
  return (
    [...updateSections.letter, ...updateSections.ec].find((key) => name === key || name.startsWith(`${key}-own-`)) ??
    name
  );
}

/** In a letter what is new stands right after the salutation; the EC template has its place for it. */
function withUpdateSections(sections: readonly string[], layout: NoticeDocument['layout']): string[] {
  if (layout === 'letter') {
    if (sections.includes('update')) return [...sections];
    const after = Math.max(sections.indexOf('letterhead'), sections.indexOf('salutation'));
    return sections.toSpliced(after + 1, 0, 'update');
  }
  const missing = updateSections.ec.filter((key) => !sections.includes(key));
  const type = sections.indexOf('ec-type');
  return type < 0 ? [...sections, ...missing] : sections.toSpliced(type + 1, 0, ...missing);
}

/**
 * Whether a contact of this audience, sent these languages of earlier versions, gets the update.
 * @param contact.standing whether its party, or one it serves, stands where `owing` and `interim` ask
 */
export function isReached(
  reach: NoticeReach,
  contact: { audience: Audience; languages: readonly string[]; standing?: boolean },
): boolean {
  switch (reach.to) {
    case 'everyone':
      return true;
    case 'variants':
      return reach.variants.includes(contact.audience);
    case 'languages':
      return contact.languages.some((language) => reach.languages.includes(language));
    case 'owing':
    case 'interim':
      return contact.standing === true;
  }
}
