/** Which section of a notice a heading means. */
import { type Layout, sections } from './notice-sections.ts';

/** Words of headings, for the sections of the letter; the sections of the EC template are known by number and title. */
const letterWords: Readonly<Record<string, RegExp>> = {
  'in-short': /\b(in short|summary|at a glance|key points|overview)\b/i,
  products:
    /\b(affected|concerned|involved) (device|product|instrument|item)s?\b|\bproducts?\b|\bdevices? (details|information)\b/i,
  problem: /\b(problem|issue|reason|description of|background|what happened|hazard|risk)\b/i,
  'actions-not-connected': /\b(not connected|offline|without (the )?internet)\b/i,
  'actions-connected': /\b(actions?|what (to|you) do|instructions?|steps|measures)\b/i,
  'side-effects': /\b(side effects?|changes after|what (is|will be) different|after the (update|correction|patch))\b/i,
  results: /\b(patients?|previous results|review of results|test results)\b/i,
  compromise: /\b(break-?in|compromis|unauthori[sz]ed access|suspect)/i,
  'adverse-events': /\b(adverse events?|incident report|vigilance|quality problems)\b/i,
  reply: /\b(reply|response form|acknowledge?ment|verification form|return (the )?form|confirmation)\b/i,
  'follow-up': /\b(follow-?up|next steps|permanent|what we (do|are doing)|manufacturer'?s? action|outlook)\b/i,
  transmission: /\b(transmission|pass(ing)? on|forward(ing)?)\b/i,
  'authority-informed': /\b(authorit(y|ies)|regulator)/i,
  contact: /\b(contact|questions|support|helpline|who to call|whom to call)\b/i,
  signature: /\b(signature|sincerely|regards|signed)\b/i,
  salutation: /^dear\b/i,
  letterhead: /\b(reference|date|from)\b/i,
};

/**
 * Guesses the section. Each is guessed once; a second part that means the same is left to the person who looks.
 * @param source the part's text, for parts without a heading
 * @param taken sections that have a part already
 * @returns the key of the section, or ''
 */
export function guessSection(heading: string, source: string, layout: Layout, taken: ReadonlySet<string>): string {
  const free = sections.filter((section) => section.layout === layout && !taken.has(section.key));
  if (layout === 'ec') {
    const number = /^(\d\.\d{1,2}|5)\b/.exec(heading.trim())?.[1];
    const byNumber = number && free.find((section) => section.number === number);
    if (byNumber) return byNumber.key;
  }
  const words = significant(heading);
  const best = free
    .map((section) => ({ key: section.key, alike: alikeness(words, significant(section.title)) }))
    .sort((a, b) => b.alike - a.alike)[0];
  if (best && best.alike >= 0.6) return best.key;
  if (layout === 'ec') return '';
  const keys = new Set(free.map((section) => section.key));
  if (heading === '') {
    const key = /^dear\b/i.test(source) ? 'salutation' : 'letterhead';
    return keys.has(key) ? key : '';
  }
  return Object.entries(letterWords).find(([key, pattern]) => keys.has(key) && pattern.test(heading))?.[0] ?? '';
}

/** Words that say nothing of their own. */
const SMALL = new Set('a an the of to for in on and or is are be by your our this that what'.split(' '));

function significant(text: string): Set<string> {
  return new Set((text.toLowerCase().match(/\p{L}{2,}/gu) ?? []).filter((word) => !SMALL.has(word)));
}

/** Share of words two titles have in common. */
function alikeness(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const common = [...a].filter((word) => b.has(word)).length;
  return common === 0 ? 0 : common / Math.max(a.size, Math.min(b.size, 4));
}
