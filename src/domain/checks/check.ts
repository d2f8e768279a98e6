/** What a rule is: facts in, findings out. One rule per file, named by the clause it enforces. */
import { type Audience, audiences, type NoticeDocument, parseText, textName } from '../notice.ts';
import type { NoticeFacts } from '../notice-facts.ts';
import type { RichText } from '../rich-text.ts';

/** Everything the rules look at. */
export type CheckFacts = {
  readonly document: NoticeDocument;
  readonly kind: 'new' | 'update';
  readonly facts: NoticeFacts;
  readonly action: {
    readonly kind: string;
    /** Class given, else proposed: `I`, `II`, `III` (21 CFR 7.3(m)); empty when there is none. */
    readonly recallClass: string;
    /** Regimes of the countries the action runs in: `IVDR`, `MDR`, `FDA`, … */
    readonly regimes: readonly string[];
    /** What the advisory data says. `affectedVersions` as written there, e.g. `LRM 1.3–2.4`. */
    readonly vulnerabilities: readonly { cve: string; affectedVersions: string }[];
  };
  /** Languages the contacts of each audience need. An audience that nobody belongs to is not named. */
  readonly languages: Readonly<Partial<Record<Audience, readonly string[]>>>;
  /** Languages somebody stands for as they are written now; left out where that is not asked. */
  readonly signedOff?: readonly string[];
  /** Which countries ask for a language, in words, where that is known. */
  readonly askedBy?: Readonly<Record<string, string>>;
  /** Links into our own house that open nothing, as the caller found out. */
  readonly links?: readonly { address: string; fault: string; mend: string }[];
  /** Characters of texts, facts and names that no typeface draws, and whose names have them; left out: not asked. */
  readonly undrawable?: {
    readonly characters: readonly string[];
    readonly people: readonly { party: string; characters: string }[];
  };
};

/** `blocking`: mend it before release. `reason`: mend it, or write why not. */
export type Severity = 'blocking' | 'reason';

export type Finding = {
  rule: string;
  citation: string;
  severity: Severity;
  /** Audience, language, section: where to look. */
  where: string;
  params: Readonly<Record<string, string | number>>;
  /** What is wrong, and how to mend it. */
  text: string;
};

/** A finding that a release went out with: who answered it, when and why (kept with the released version). */
export type ReleasedFinding = Finding & { reason: string; by: string; at: string };

/** A finding without what its rule says of itself. `{name}` in the rule's text is filled from `params`. */
export type Found = { where: string; params?: Readonly<Record<string, string | number>>; severity?: Severity };

export type Check = {
  rule: string;
  citation: string;
  severity: Severity;
  /** What is wrong and how to mend it, for staff. */
  text: string;
  find: (facts: CheckFacts) => Found[];
};

/** One text of the notice as one audience reads it. */
export type PrintedText = {
  audience: Audience;
  language: string;
  section: string;
  name: string;
  source: string;
  text: RichText;
  where: string;
};

/** Audiences that have a variant. */
export function writtenAudiences(document: NoticeDocument): Audience[] {
  return audiences.filter((audience) => document.variants[audience] !== undefined);
}

/** Every text of every variant and language, head texts too; texts that cannot be read are left to their own rule. */
export function printedTexts(document: NoticeDocument): PrintedText[] {
  return writtenAudiences(document).flatMap((audience) =>
    Object.keys(document.texts).flatMap((language) => textsOf(document, audience, language)),
  );
}

/** The texts of one variant in one language, in the order they are printed. */
export function textsOf(document: NoticeDocument, audience: Audience, language: string): PrintedText[] {
  const variant = document.variants[audience];
  if (!variant) return [];
  return ['subject', 'title', 'subtitle', ...variant.sections].flatMap((section) => {
    const name = textName(variant, section);
    const source = document.texts[language]?.[name] ?? '';
    const parsed = parseText(source);
    if (source.trim() === '' || !parsed.ok) return [];
    return [
      { audience, language, section, name, source, text: parsed.blocks, where: `${audience}, ${language}, ${name}` },
    ];
  });
}

/** A text that several variants share is looked at once. */
export function distinctTexts(document: NoticeDocument): PrintedText[] {
  const seen = new Set<string>();
  return printedTexts(document).filter(({ language, name }) => {
    const id = `${language} ${name}`;
    if (seen.has(id)) return false;
    seen.add(id);
    return true;
  });
}

/** Whether the EU's notice rules apply (IVDR, MDR, and the older directives' guidance). */
export function inUnion(facts: CheckFacts): boolean {
  return facts.action.regimes.some(
    (regime) => regime === 'IVDR' || regime === 'MDR' || regime === 'IVDD' || regime === 'MDD',
  );
}

/** Audiences the recall rules speak of: customers of the device and those who pass it on. */
export function isRecallAudience(audience: Audience): boolean {
  return audience === 'dx-recall' || audience === 'distributor';
}
