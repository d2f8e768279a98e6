/**
 * The verification form of an action: one versioned definition as data, for every door (web, PDF, spreadsheet,
 * telephone, API). It holds the example's form and the EC customer and distributor reply forms in one schema; each
 * question names the clause it comes from.
 */
import { z } from 'zod';

/** Whom an answer is about. `extra`: a unit we did not know of; `standalone`: an instance without a serial number of ours. */
export const formScopes = ['party', 'product', 'unit', 'correction', 'extra', 'standalone'] as const;
export type FormScope = (typeof formScopes)[number];

export const formRoles = ['customer', 'distributor'] as const;
export type FormRole = (typeof formRoles)[number];

export const answerTypes = [
  'yes-no',
  'tick',
  'choice',
  'choices',
  'text',
  'long-text',
  'email',
  'phone',
  'date',
  'count',
] as const;
export type AnswerType = (typeof answerTypes)[number];

const id = z.string().regex(/^[a-z][a-z0-9-]{0,59}$/);

/** The question is asked only if another, earlier one was answered so: of the same subject, its unit, or the party. */
const conditionSchema = z.object({ question: id, is: z.array(z.string()).min(1) });

const questionSchema = z.object({
  /** Stable for the life of the action: answers, words (`form.question.<id>`) and reports hang on it. */
  id,
  step: id,
  scope: z.enum(formScopes),
  type: z.enum(answerTypes),
  /** Values of `choice` and `choices`; words at `form.choice.<id>.<value>`. `product` and `environment` offer the context's. */
  options: z.array(z.string().max(60)).optional(),
  optionsFrom: z.enum(['products', 'environments']).optional(),
  /** For whom; without, everybody. */
  roles: z.array(z.enum(formRoles)).optional(),
  /** All must hold; one whose question itself is not asked does not. */
  when: z.array(conditionSchema).optional(),
  /** Only units of these kinds. */
  unitKinds: z.array(z.enum(['serial', 'lot', 'standalone'])).optional(),
  /** `receipt`: nothing can be sent without · `asked`: needed wherever it is asked · `completion`: owed until answered. */
  required: z.enum(['receipt', 'asked', 'completion']).optional(),
  /** The answer that must be given: a signing statement must be ticked. */
  mustBe: z.string().optional(),
  maxLength: z.number().int().positive().max(20_000).optional(),
  /** For `email`, `name` …: what browsers fill in (WHATWG autofill). */
  autocomplete: z.string().optional(),
  /** The form and field it comes from. */
  source: z.string(),
});
export type Question = z.infer<typeof questionSchema>;
export type Condition = z.infer<typeof conditionSchema>;

const stepSchema = z.object({ key: id });

/** What the `form` table keeps. Conditions name earlier questions, so that they cannot go round in a circle. */
export const formDefinitionSchema = z
  .object({
    /** Reference of the action, printed with the version on every copy. */
    reference: z.string().min(1).max(60),
    version: z.number().int().positive(),
    /** What the words say for `{software}` and the like; the same in each language. */
    params: z.record(z.string(), z.string()).default({}),
    steps: z.array(stepSchema).min(1).max(20),
    questions: z.array(questionSchema).min(1).max(300),
    limits: z.object({ extra: z.number().int().min(0).max(2_000), standalone: z.number().int().min(0).max(2_000) }),
  })
  .superRefine((form, refinement) => {
    const steps = new Set(form.steps.map((step) => step.key));
    const seen = new Map<string, Question>();
    form.questions.forEach((question, index) => {
      const fault = faultOf(question, seen, steps);
      if (fault) refinement.addIssue({ code: 'custom', path: ['questions', index], message: fault });
      seen.set(question.id, question);
    });
  });
export type FormDefinition = z.infer<typeof formDefinitionSchema>;

function faultOf(
  question: Question,
  seen: ReadonlyMap<string, Question>,
  steps: ReadonlySet<string>,
): string | undefined {
  if (seen.has(question.id)) return `The question ${question.id} is there twice.`;
  if (!steps.has(question.step))
    return `The question ${question.id} is in the step ${question.step}, which is not there.`;
  const stray = question.when?.find((condition) => !seen.has(condition.question));
  if (stray) return `The question ${question.id} depends on ${stray.question}, which does not come before it.`;
  const choosing = question.type === 'choice' || question.type === 'choices';
  if (choosing && !question.options?.length && !question.optionsFrom)
    return `The question ${question.id} has no choices.`;
  return undefined;
}

/** Text, number of a count, values of `choices`. What could not be read stays as it was typed, so that it can be mended. */
export const answerValueSchema = z.union([
  z.string().max(25_000),
  z.number().int().min(0).max(9_999_999),
  z.array(z.string().max(200)).max(100),
]);
export type AnswerValue = z.infer<typeof answerValueSchema>;

export const answerSetSchema = z.record(id, answerValueSchema);
/** Answers about one subject, by question. A question without answer has no key. */
export type AnswerSet = z.infer<typeof answerSetSchema>;

const idKey = z.string().regex(/^[1-9]\d{0,15}$/);

/** A reply's answers, as kept and as the API takes them. Keys of units, corrections and products are their ids. */
export const answersSchema = z.object({
  party: answerSetSchema.default({}),
  products: z.record(idKey, answerSetSchema).default({}),
  units: z.record(idKey, answerSetSchema).default({}),
  corrections: z.record(idKey, answerSetSchema).default({}),
  extra: z.array(answerSetSchema).max(2_001).default([]),
  standalone: z.array(answerSetSchema).max(2_001).default([]),
});
export type Answers = z.infer<typeof answersSchema>;

export function emptyAnswers(): Answers {
  return { party: {}, products: {}, units: {}, corrections: {}, extra: [], standalone: [] };
}

// ── What the form is asked about ────────────────────────────────────────────────────────────────────────────────────

export type FormCorrection = {
  id: number;
  environment: string;
  environmentName: string;
  remedy: string;
  remedyKind: string;
  /** State in the ledger, e.g. `open`. */
  state: string;
};

export type FormUnit = {
  id: number;
  kind: 'serial' | 'lot' | 'standalone';
  productId: number;
  product: string;
  serial: string;
  quantity: number;
  connected: boolean | null;
  corrections: readonly FormCorrection[];
};

export type FormProduct = { id: number; name: string; environments: readonly { code: string; name: string }[] };

/** Everything about the party that the form needs: loaded by the edge, in the order it is shown. */
export type FormContext = {
  role: FormRole;
  /** Affected products of the action. */
  products: readonly FormProduct[];
  units: readonly FormUnit[];
  /** Day of the notice, 'YYYY-MM-DD'. */
  noticeDate: string;
  /** Whether this party has downloaded the package. */
  downloaded?: boolean;
};

/** The party's role in the form: distributors and importers answer the distributor's part. */
export function roleOf(partyKind: string): FormRole {
  return partyKind === 'distributor' || partyKind === 'importer' ? 'distributor' : 'customer';
}
