import { sql } from 'kysely';
import type { CorrectionStateName } from '../../db/schema.ts';
import type { Contradiction } from '../../domain/correction.ts';
import { currentState, type Evidence } from '../../domain/correction.ts';
import type { Rung } from '../../domain/evidence-ladder.ts';
import type { Reader } from '../context.ts';

export interface EvidenceRow {
  id: number;
  kind: Evidence['kind'];
  claim: Evidence['claim'];
  done_on: string | null;
  backed_up: boolean | null;
  reason: string;
  detail: Record<string, string | number>;
  door: string;
  by: string;
  at: Date;
  reply_id: number | null;
  corrects_id: number | null;
  /** The correction of the same unit that it was carried over from. */
  carried_from?: number | null;
  /** Who signed the reply it was read in. */
  signer: string | null;
  language: string | null;
}

export interface CorrectionPage {
  id: number;
  action_id: number;
  reference: string;
  unit_id: number;
  serial: string;
  product: string;
  environment: string;
  remedy: string;
  party_id: number;
  party: string;
  site: string;
  country: string;
  state: CorrectionStateName;
  state_since: Date;
  because_id: number | null;
  contradicted: boolean;
  rung: Rung;
  evidence: EvidenceRow[];
  /** Pairs of evidence that cannot both be true. */
  contradictions: readonly Contradiction[];
}

/** One correction with all its evidence, the latest first; undefined when there is none of this number. */
export async function loadCorrection(reader: Reader, correctionId: number): Promise<CorrectionPage | undefined> {
  const { rows } = await sql<Omit<CorrectionPage, 'evidence' | 'contradictions'>>`
    select c.id, c.action_id, a.reference, c.unit_id, u.serial, p.name as product, e.name as environment, r.name as remedy,
        c.party_id, pa.name as party, s.name as site, c.country, c.state, c.state_since, c.because_id, c.contradicted,
        c.rung
      from correction c join action a on a.id = c.action_id join unit u on u.id = c.unit_id
      join product p on p.id = c.product_id join environment e on e.id = c.environment_id join remedy r on r.id = c.remedy_id
      join party pa on pa.id = c.party_id join site s on s.id = c.site_id
      where c.id = ${correctionId}`.execute(reader);
  const row = rows[0];
  if (!row) return undefined;
  const { rows: evidence } = await sql<EvidenceRow>`
    select f.id, f.kind, f.claim, f.done_on, f.backed_up, f.reason, f.detail, f.door, f.by_name as by, f.at, f.reply_id,
        f.corrects_id, (select o.correction_id from confirmation o where o.id = f.carried_from_id) as carried_from, y.signature->>'name' as signer, y.language
      from confirmation f left join reply y on y.id = f.reply_id where f.correction_id = ${correctionId} order by f.id desc`.execute(
    reader,
  );
  const { contradictions } = currentState(
    evidence.map((one) => ({ ...one, correctsId: one.corrects_id, carriedFrom: one.carried_from ?? undefined })),
  );
  return { ...row, evidence, contradictions };
}
