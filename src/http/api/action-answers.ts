import { z } from 'zod';
import { instant } from './operation.ts';

const id = z.number().int();
const count = z.number().int();
const day = z.string().nullable().describe('YYYY-MM-DD.');
/** Instants that come as text from one statement. */
const instantText = z.string().describe('Instant, RFC 3339.');
const counts = z.record(z.string(), count).describe('State → count; states without rows are missing.');

/** What GET /actions/:reference answers. */
export const actionAnswer = z.object({
  id,
  reference: z.string(),
  title: z.string(),
  kind: z.string(),
  stage: z.string(),
  stageSince: instantText,
  description: z.string(),
  hazard: z.string(),
  classProposed: z.string(),
  classGiven: z.string(),
  deviceLaw: z.enum(['IVD', 'MD']),
  awareOn: day,
  reportabilityAwareOn: day,
  embargoUntil: instantText.nullable(),
  facts: z.record(z.string(), z.unknown()).describe('What the placeholders of its notice say.'),
  releasedAt: instantText.nullable(),
  regimes: z.array(z.object({ country: z.string(), regime: z.string(), authorityReference: z.string() })),
  vulnerabilities: z.array(
    z.object({
      cve: z.string(),
      cwe: z.string(),
      cvssScore: z.number().nullable(),
      cvssVector: z.string(),
      summary: z.string(),
      affectedVersions: z.string(),
    }),
  ),
  environments: z.array(z.object({ id, product: z.string(), code: z.string(), name: z.string() })),
  remedies: z.array(
    z.object({
      id,
      position: z.number().int(),
      kind: z.string(),
      name: z.string(),
      description: z.string(),
      prerequisites: z.array(z.string()),
      sideEffects: z.array(z.string()),
      status: z.string(),
    }),
  ),
  scopeRules: z.array(
    z.object({
      id,
      effect: z.string(),
      productId: id.nullable(),
      conditions: z.record(z.string(), z.unknown()),
      reason: z.string(),
    }),
  ),
  scopeRuns: z.array(z.object({ id, state: z.string(), unitsIn: count, unitsOut: count, startedAt: instantText })),
  notices: z.array(
    z.object({
      id,
      version: z.number().int(),
      number: z.string(),
      kind: z.string(),
      state: z.string(),
      contentHash: z.string(),
    }),
  ),
});

/** What GET /actions/:reference/status answers. */
export const statusAnswer = z.object({
  reference: z.string(),
  title: z.string(),
  stage: z.string(),
  sending: z.string().describe('Of its letters: idle, running, paused or stopped.'),
  releasedAt: instant.nullable(),
  corrections: counts,
  total: count.describe('Corrections in all.'),
  rungs: counts.describe('Corrections by the best evidence there is, each counted once.'),
  countries: z.array(z.object({ country: z.string(), counts, total: count })),
  products: z.array(z.object({ id, name: z.string(), counts, total: count })),
  environments: z.array(z.object({ id, product: z.string(), name: z.string(), counts, total: count, rungs: counts })),
  remedies: z.array(
    z.object({ id, name: z.string(), position: z.number().int(), status: z.string(), counts, total: count }),
  ),
  obligations: counts.describe('Parties: silent, received, done.'),
  notices: counts.describe('Letters with the notice, by evidence.'),
  reminders: counts,
  deadlines: z.object({
    missed: count,
    today: count,
    week: count,
    next: z.array(z.object({ dueOn: z.string(), count })),
  }),
  tasks: z.array(z.object({ kind: z.string(), count, urgent: count, unowned: count })),
});
