/**
 * The long texts of the portal – released notices and form definitions – read once and kept: they never change under
 * their id and hash, so the database need not send them with every page.
 */
import type { PortalData } from '../../app/queries/portal.ts';
import { type FormDefinition, formDefinitionSchema } from '../../domain/form.ts';
import { type NoticeDocument, noticeDocumentSchema } from '../../domain/notice.ts';
import { type NoticeFacts, printFact } from '../../domain/notice-facts.ts';

/** What the portal says about the manufacturer, from the facts of the action. */
export interface PortalFacts {
  manufacturer: string;
  phone: string | undefined;
  email: string | undefined;
  hours: string | undefined;
  /** Day and night, for a suspected break-in. */
  incidentPhone: string | undefined;
}

export interface PortalTexts {
  notice: { id: number; hash: string; document: NoticeDocument; facts: NoticeFacts } | null;
  form: { id: number; version: number; definition: FormDefinition } | null;
  facts: NoticeFacts;
}

/** A house with many actions still has few released texts; the oldest is forgotten first. */
const MAX_KEPT = 200;
const notices = new Map<string, NonNullable<PortalTexts['notice']>>();
const forms = new Map<string, NonNullable<PortalTexts['form']>>();

/** The keys of what is kept: pass them to loadPortal. */
export function keptTexts(): string[] {
  return [...notices.keys(), ...forms.keys()];
}

function keep<T>(map: Map<string, T>, key: string, value: T): T {
  map.set(key, value);
  const oldest = map.keys().next();
  if (map.size > MAX_KEPT && !oldest.done) map.delete(oldest.value);
  return value;
}

/** The texts of a page: what came with it is kept, what did not come was kept before. */
export function keepTexts(data: PortalData): PortalTexts {
  const { notice, form } = data;
  const noticeKey = notice ? `notice:${notice.id}:${notice.hash}` : '';
  const formKey = form ? `form:${form.id}` : '';
  const known =
    notices.get(noticeKey) ??
    (notice?.document
      ? keep(notices, noticeKey, {
          id: notice.id,
          hash: notice.hash,
          document: noticeDocumentSchema.parse(notice.document),
          facts: factsOf(notice.facts ?? data.action.facts),
        })
      : null);
  return {
    notice: known,
    form:
      forms.get(formKey) ??
      (form?.definition
        ? keep(forms, formKey, {
            id: form.id,
            version: form.version,
            definition: formDefinitionSchema.parse(form.definition),
          })
        : null),
    facts: known?.facts ?? factsOf(data.action.facts),
  };
}

/** What the portal says about the manufacturer, in one language. */
export function portalFacts(texts: PortalTexts, language: string): PortalFacts {
  const say = (name: string): string | undefined => printFact(texts.facts, name, language)?.text;
  return {
    manufacturer: say('manufacturer.name') ?? '',
    phone: say('contact.phone'),
    email: say('contact.email'),
    hours: say('contact.hours'),
    incidentPhone: say('incident.phone') ?? say('contact.phone'),
  };
}

/** The same from the facts of an action as they are kept, for pages that nobody's link opens. */
export function printedFacts(facts: unknown, language: string): PortalFacts {
  return portalFacts({ notice: null, form: null, facts: factsOf(facts) }, language);
}

const noFacts: NoticeFacts = { values: {}, groups: {} };

/** Facts as they were released with the notice; before a release, those of the action. */
function factsOf(value: unknown): NoticeFacts {
  if (typeof value !== 'object' || value === null) return noFacts;
  const facts = value as Partial<NoticeFacts>;
  if (facts.values && facts.groups) return { values: facts.values, groups: facts.groups };
  // The action keeps them as a flat list under their full names.
  return { values: value as NoticeFacts['values'], groups: {} };
}
