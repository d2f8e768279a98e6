import type { VNode } from 'preact';
import type { EvidenceRow } from '../../app/queries/correction.ts';
import { languageName } from '../translate.ts';
import { KeyValue } from '../ui/parts.tsx';
import { Day, Moment } from '../ui/time.tsx';
import { capital, plain } from './words.ts';

const claims: Record<string, string> = {
  done: 'Done',
  'not-yet': 'Not yet',
  'not-affected': 'Not affected',
  gone: 'Not here any more',
  unknown: 'Not known',
  isolated: 'Taken off the network',
  cleared: 'Suspicion cleared',
};

/** What a piece of evidence says, in words. */
export function claimWords(claim: string): string {
  return claims[claim] ?? capital(plain(claim));
}

const doorNames: Record<string, string> = {
  web: 'Web',
  pdf: 'Filled PDF',
  email: 'E-mail',
  scan: 'Scanned paper',
  spreadsheet: 'Spreadsheet',
  telephone: 'Telephone',
  post: 'Post',
  api: 'API',
  instrument: 'Instrument',
  desk: 'Desk',
};

/** By which door something came in. */
export function doorWords(door: string): string {
  return doorNames[door] ?? capital(plain(door));
}

/** One piece of evidence as it was given: what, when done, by whom, by which door. */
export function EvidenceFacts({ evidence }: { evidence: EvidenceRow }): VNode {
  return (
    <KeyValue
      rows={[
        { label: 'Says', value: <strong>{claimWords(evidence.claim)}</strong> },
        evidence.done_on !== null && { label: 'Done on', value: <Day value={evidence.done_on} /> },
        evidence.backed_up !== null && { label: 'Data backed up', value: evidence.backed_up ? 'yes' : 'no' },
        typeof evidence.carried_from === 'number' && {
          label: 'Carried over from',
          value: 'another correction of the unit',
          href: `/corrections/${evidence.carried_from}`,
        },
        evidence.reason !== '' && {
          label: evidence.kind === 'staff' ? 'Because' : 'Reason',
          value: evidence.kind === 'staff' ? evidence.reason : capital(plain(evidence.reason)),
        },
        ...Object.entries(evidence.detail).map(([name, value]) => ({
          label: capital(plain(name)),
          value: String(value),
        })),
        { label: 'Received', value: <Moment at={evidence.at} /> },
        {
          label: 'Door',
          value: `${doorWords(evidence.door)}${evidence.language ? `, in ${languageName(evidence.language, 'en')}` : ''}`,
        },
        { label: evidence.signer ? 'Signed by' : 'By', value: evidence.signer ?? evidence.by },
        evidence.reply_id !== null && {
          label: 'Source',
          value: `Reply ${evidence.reply_id}`,
          href: `/replies/${evidence.reply_id}`,
        },
        evidence.corrects_id !== null && { label: 'Sets right', value: `evidence ${evidence.corrects_id}` },
      ]}
    />
  );
}
