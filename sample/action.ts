import { samplePassword } from '../src/app/accounts.ts';
import {
  addRemedy,
  createAction,
  describeAction,
  moveAction,
  setEnvironments,
  setRegimes,
  setVulnerabilities,
} from '../src/app/actions.ts';
import type { Context } from '../src/app/context.ts';
import { createForm } from '../src/app/forms.ts';
import { importFile } from '../src/app/imports.ts';
import { approveNotice, createNotice, moveNotice } from '../src/app/notices.ts';
import { releaseAction } from '../src/app/release.ts';
import { addScopeRule, applyScopeRun, runScope, startScopeRun } from '../src/app/scope.ts';
import { defaultRegime } from '../src/domain/country.ts';
import type { IMPORT_KINDS } from '../src/domain/import.ts';
import { isRefusal, type Refusal } from '../src/domain/refusal.ts';
import { makeSampleField } from './field.ts';
import { sampleForm } from './form.ts';
import { agreeLanguages } from './languages.ts';
import { sampleActionFacts, sampleNotice } from './notice/document.ts';
import { bringPatch } from './patch.ts';
import type { Stage } from './progress.ts';

export const REFERENCE = 'FSN2022-1230';

/** The people of the demo, each a context of its own. */
export interface Cast {
  quality: Context;
  regulatory: Context;
  support: Context;
  system: Context;
}

/** A use case of the sample must not be refused: if it is, the sample or the program is wrong. */
export function done<T>(result: T | Refusal, what: string): T {
  if (isRefusal(result))
    throw new Error(`The sample could not ${what}: ${result.code} ${JSON.stringify(result.params)}`);
  return result;
}

/** CISA advisory ICSA-22-153-02, 2 June 2022. */
const VULNERABILITIES = [
  [
    'CVE-2022-1517',
    'CWE-250',
    10,
    'AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H',
    'Runs with elevated privileges: code can be uploaded and run without signing in.',
    '1.3–3.1',
  ],
  [
    'CVE-2022-1518',
    'CWE-22',
    10,
    'AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H',
    'An upload can be written outside its folder.',
    '1.3–3.1',
  ],
  [
    'CVE-2022-1519',
    'CWE-434',
    10,
    'AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H',
    'Any type of file can be uploaded.',
    '1.3–3.1',
  ],
  [
    'CVE-2022-1521',
    'CWE-284',
    9.1,
    'AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N',
    'No authentication or authorisation by default.',
    '1.3–3.1',
  ],
  [
    'CVE-2022-1524',
    'CWE-319',
    7.4,
    'AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:N',
    'No encryption of the connection.',
    '1.3–2.4',
  ],
] as const;

/** Imports the field as an ERP system exports it: semicolons, and headings as they come. */
export async function importField(cast: Cast, stage: Stage, field = makeSampleField()): Promise<void> {
  const order = [
    'products',
    'parties',
    'sites',
    'contacts',
    'units',
  ] as const satisfies readonly (typeof IMPORT_KINDS)[number][];
  stage.total(order.length);
  for (const kind of order) {
    const text = field[kind]
      .map((row) => row.map((cell) => (/[;"\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(';'))
      .join('\r\n');
    done(
      await importFile(cast.quality, {
        kind,
        name: `${kind}.csv`,
        bytes: Buffer.from(`\uFEFF${text}\r\n`),
        mode: 'all',
      }),
      `import the ${kind}`,
    );
    stage.step();
  }
}

/** Describes the action, finds its units, and gets its notice written, signed twice, and released. */
export async function prepareAction(
  cast: Cast,
  stage: Stage,
  reference: string = REFERENCE,
): Promise<{ actionId: number; noticeId: number }> {
  const { quality, regulatory } = cast;
  stage.total(8);
  const { id: actionId } = done(
    await createAction(quality, {
      reference,
      title: 'Local Run Manager can be taken over from the network',
      kind: 'security-patch',
      deviceLaw: 'IVD',
    }),
    'create the action',
  );
  done(
    await describeAction(quality, actionId, {
      description:
        'Local Run Manager 1.3 to 3.1 has vulnerabilities by which somebody without an account can take over the instrument over the network.',
      hazard:
        'Results can be wrong or missing, data of patients can be read or changed, and the instrument can be used to enter the network of the laboratory.',
      classProposed: 'II',
      awareOn: '2022-03-30',
      reportabilityAwareOn: '2022-04-20',
      embargoUntil: new Date('2022-06-02T12:00:00Z'),
      facts: sampleActionFacts,
    }),
    'describe the action',
  );
  done(
    await setVulnerabilities(quality, actionId, {
      vulnerabilities: VULNERABILITIES.map(([cve, cwe, cvssScore, cvssVector, summary, affectedVersions]) => ({
        cve,
        cwe,
        cvssScore,
        cvssVector,
        summary,
        affectedVersions,
      })),
    }),
    'list the vulnerabilities',
  );
  stage.step();
  const products = await quality.db
    .selectFrom('product')
    .select(['id', 'code'])
    .where('code', '!=', 'BENCH-READER')
    .execute();
  const environments = await quality.db
    .selectFrom('environment')
    .select('id')
    .where(
      'product_id',
      'in',
      products.map((row) => row.id),
    )
    .execute();
  done(
    await setEnvironments(quality, actionId, { environmentIds: environments.map((row) => row.id) }),
    'choose the environments',
  );
  const patch = done(
    await addRemedy(quality, actionId, {
      kind: 'interim-patch',
      name: 'Local Run Manager Security Patch 1.0',
      description:
        'Stops access to the web interface from other computers. It is an interim control until the permanent fix.',
      prerequisites: ['Back up your data.'],
      sideEffects: ['Remote access to the web interface stops.', 'The Local Run Manager user guide is superseded.'],
      status: 'available',
    }),
    'add the patch',
  );
  done(
    await addRemedy(quality, actionId, {
      kind: 'permanent-fix',
      name: 'Permanent software fix',
      description: 'Follows by a notice of its own.',
      prerequisites: [],
      sideEffects: [],
      status: 'announced',
    }),
    'announce the permanent fix',
  );
  await bringPatch(cast, patch.id);
  stage.step();
  for (const product of products) {
    done(
      await addScopeRule(quality, actionId, {
        effect: 'include',
        productId: product.id,
        conditions: { softwareVersions: [{ from: '1.3', to: '3.1' }] },
        reason: 'Local Run Manager 1.3 to 3.1 is vulnerable',
      }),
      'say which units are affected',
    );
  }
  const run = done(await startScopeRun(quality, actionId), 'look for units');
  done(await runScope(quality, run.runId), 'look for units');
  stage.step();
  done(await applyScopeRun(quality, run.runId), 'create the corrections');
  stage.step();
  const countries = await quality.db
    .selectFrom('obligation')
    .select('country')
    .distinct()
    .where('action_id', '=', actionId)
    .orderBy('country')
    .execute();
  done(
    await setRegimes(quality, actionId, {
      regimes: countries.map(({ country }) => ({
        country,
        regime: defaultRegime(country, 'IVD', '2022-05-04'),
        authorityReference: '',
      })),
    }),
    'set the regimes',
  );
  await agreeLanguages(
    cast,
    countries.map((row) => row.country),
  );
  done(await createForm(quality, actionId, sampleForm), 'make the form');
  stage.step();
  const notice = done(
    await createNotice(quality, actionId, { number: 'M-AMR-00496', kind: 'new', document: sampleNotice }),
    'write the notice',
  );
  done(await moveNotice(quality, notice.id, 'in-review'), 'hand in the notice');
  done(await moveAction(quality, actionId, { to: 'in-review', reason: '' }), 'hand in the action');
  stage.step();
  const { content_hash: contentHash } = await quality.db
    .selectFrom('notice')
    .select('content_hash')
    .where('id', '=', notice.id)
    .executeTakeFirstOrThrow();
  const credential = { password: samplePassword };
  done(await approveNotice(quality, notice.id, { as: 'quality', contentHash, credential }), 'sign for quality');
  done(
    await approveNotice(regulatory, notice.id, { as: 'regulatory', contentHash, credential }),
    'sign for regulatory affairs',
  );
  done(await moveAction(regulatory, actionId, { to: 'approved', reason: '' }), 'approve the action');
  stage.step();
  return { actionId, noticeId: notice.id };
}

/** Releases: from here on letters leave. */
export async function release(cast: Cast, actionId: number): Promise<number> {
  const result = done(
    await releaseAction(cast.regulatory, actionId, {
      reason:
        'English, German, Italian, French, Spanish, Arabic and Japanese are ready; the other languages follow with an update. The letter goes out now because of the urgency.',
      credential: { password: samplePassword },
    }),
    'release the action',
  );
  return result.deliveries;
}
