/** Variants of a notice share their texts by reference; what each prints, and where it says something of its own. */
import {
  type Audience,
  headTexts,
  type NoticeDocument,
  type NoticeVariant,
  noticeDocumentSchema,
  textName,
} from './notice.ts';
import { findSection, sections } from './notice-sections.ts';
import { type Refusal, refuse } from './refusal.ts';

/** One change to what a variant is made of. */
export type VariantChange =
  | { do: 'add-variant'; audience: Audience; like?: Audience | undefined }
  | { do: 'remove-variant'; audience: Audience }
  | { do: 'add-section' | 'remove-section' | 'move-up' | 'move-down'; audience: Audience; section: string }
  /** `detach`: the variant gets its own copy of the common text; `attach`: it prints the common text again. */
  | { do: 'detach' | 'attach'; audience: Audience; section: string }
  | { do: 'layout'; layout: NoticeDocument['layout'] }
  | { do: 'dates'; dates: NoticeDocument['dates'] };

/** Where a variant's section takes its words from. */
export type SectionUse = {
  section: string;
  title: string;
  number?: string;
  /** Head texts (title, subtitle, subject) belong to every variant. */
  head: boolean;
  own: boolean;
  /** Name of the text it prints. */
  text: string;
  /** Variants that print the same text, itself left out. */
  sharedWith: Audience[];
};

const headTitles: Readonly<Record<string, string>> = {
  title: 'Title',
  subtitle: 'Subtitle',
  subject: 'Subject of the mail, words on the envelope',
};

/** What a person calls a text: a section's title, a head text's, or that of the text it was taken from. */
export function titleOf(name: string): string {
  const key = baseOf(name);
  const title = headTitles[key] ?? findSection(key)?.title ?? name;
  return key === name ? title : `${title} (own text: ${name.slice(key.length + 1).replace(/^own-/, '')})`;
}

/** The section a text's name begins with: `reply-own-distributor` → `reply`; the name itself where there is none. */
export function baseOf(name: string): string {
  const known = [...headTexts, ...sections.map((section) => section.key)];
  return (
    known.filter((key) => name === key || name.startsWith(`${key}-`)).sort((a, b) => b.length - a.length)[0] ?? name
  );
}

/** The sections of a variant, head texts first, in the order they are printed. */
export function sectionUses(document: NoticeDocument, audience: Audience): SectionUse[] {
  const variant = document.variants[audience];
  if (!variant) return [];
  return [...headTexts, ...variant.sections].map((section) => {
    const text = textName(variant, section);
    const number = findSection(section)?.number;
    const sharedWith = (Object.entries(document.variants) as [Audience, NoticeVariant | undefined][])
      .filter(([other, its]) => other !== audience && its && prints(its, section) && textName(its, section) === text)
      .map(([other]) => other);
    return {
      section,
      title: titleOf(section),
      ...(number === undefined ? {} : { number }),
      head: (headTexts as readonly string[]).includes(section),
      own: text !== section,
      text,
      sharedWith,
    };
  });
}

function prints(variant: NoticeVariant, section: string): boolean {
  return (headTexts as readonly string[]).includes(section) || variant.sections.includes(section);
}

/** Makes one change. Texts that nothing prints any more stay where they were typed; own texts given up are removed. */
export function arrangeNotice(document: NoticeDocument, change: VariantChange): NoticeDocument | Refusal {
  switch (change.do) {
    case 'layout':
      return changeLayout(document, change.layout);
    case 'dates':
      return { ...document, dates: change.dates };
    case 'add-variant': {
      if (document.variants[change.audience]) return document;
      const like = change.like && document.variants[change.like];
      const variant = like ?? { sections: layoutSections(document.layout), overrides: {} };
      return withVariant(document, change.audience, structuredClone(variant));
    }
    case 'remove-variant': {
      if (Object.keys(document.variants).length <= 1) return refuse('notice.last-variant', {});
      const { [change.audience]: _gone, ...variants } = document.variants;
      return withoutUnusedOwn({ ...document, variants });
    }
  }
  const variant = document.variants[change.audience];
  if (!variant) return refuse('notice.no-variant', { audience: change.audience });
  switch (change.do) {
    case 'add-section':
      if (!findSection(change.section)) return refuse('notice.no-section', { section: change.section });
      if (variant.sections.includes(change.section)) return document;
      return withVariant(document, change.audience, {
        ...variant,
        sections: placeSection(variant.sections, change.section),
      });
    case 'remove-section': {
      if (variant.sections.length <= 1) return refuse('notice.last-section', {});
      const { [change.section]: _gone, ...overrides } = variant.overrides;
      const left = variant.sections.filter((section) => section !== change.section);
      return withoutUnusedOwn(withVariant(document, change.audience, { sections: left, overrides }));
    }
    case 'move-up':
    case 'move-down':
      return withVariant(document, change.audience, {
        ...variant,
        sections: moveSection(variant.sections, change.section, change.do === 'move-up' ? -1 : 1),
      });
    case 'detach':
      return detach(document, change.audience, variant, change.section);
    case 'attach': {
      const { [change.section]: _gone, ...overrides } = variant.overrides;
      return withoutUnusedOwn(withVariant(document, change.audience, { ...variant, overrides }));
    }
  }
}

function withVariant(document: NoticeDocument, audience: Audience, variant: NoticeVariant): NoticeDocument {
  return { ...document, variants: { ...document.variants, [audience]: variant } };
}

/** The variant's own text begins as a copy of the common one, in every language. */
function detach(
  document: NoticeDocument,
  audience: Audience,
  variant: NoticeVariant,
  section: string,
): NoticeDocument | Refusal {
  if (!prints(variant, section)) return refuse('notice.no-section', { section });
  if (variant.overrides[section]) return document;
  const name = `${section}-own-${audience}`;
  const texts = Object.fromEntries(
    Object.entries(document.texts).map(([language, words]) => {
      const common = words[section];
      return [language, common === undefined || words[name] !== undefined ? words : { ...words, [name]: common }];
    }),
  );
  return withVariant({ ...document, texts }, audience, {
    ...variant,
    overrides: { ...variant.overrides, [section]: name },
  });
}

/** Own texts that no variant prints are removed: nobody would find them again. */
function withoutUnusedOwn(document: NoticeDocument): NoticeDocument {
  const used = new Set(
    Object.values(document.variants).flatMap((variant) => (variant ? Object.values(variant.overrides) : [])),
  );
  const texts = Object.fromEntries(
    Object.entries(document.texts).map(([language, words]) => [
      language,
      Object.fromEntries(Object.entries(words).filter(([name]) => used.has(name) || baseOf(name) === name)),
    ]),
  );
  return { ...document, texts };
}

const places = new Map(sections.map((section, index) => [section.key, index]));

/** A section is put where its layout has it. */
function placeSection(list: readonly string[], section: string): string[] {
  const place = places.get(section) ?? 0;
  const before = list.findIndex((other) => (places.get(other) ?? 0) > place);
  return before < 0 ? [...list, section] : list.toSpliced(before, 0, section);
}

function moveSection(list: readonly string[], section: string, by: -1 | 1): string[] {
  const from = list.indexOf(section);
  const to = from + by;
  if (from < 0 || to < 0 || to >= list.length) return [...list];
  return list.toSpliced(from, 1).toSpliced(to, 0, section);
}

/** Sections a new variant of a layout begins with. */
export function layoutSections(layout: NoticeDocument['layout']): string[] {
  return sections
    .filter((section) => section.layout === layout && section.key !== 'distributor-duties' && section.key !== 'update')
    .map((section) => section.key);
}

/** The other layout's sections replace these; the texts stay, and come back with their layout. */
function changeLayout(document: NoticeDocument, layout: NoticeDocument['layout']): NoticeDocument {
  if (document.layout === layout) return document;
  const variants = Object.fromEntries(
    Object.entries(document.variants).map(([audience, variant]) => {
      const heads = Object.entries(variant?.overrides ?? {}).filter(([key]) =>
        (headTexts as readonly string[]).includes(key),
      );
      return [audience, { sections: layoutSections(layout), overrides: Object.fromEntries(heads) }];
    }),
  );
  return noticeDocumentSchema.parse({ ...document, layout, variants });
}
