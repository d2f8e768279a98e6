import { verifyEventChain } from '../../../app/event-chain.ts';
import type { C } from '../../context.ts';
import { Form, SubmitButton } from '../../ui/field.tsx';
import { formatCount } from '../../ui/figures.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Alert, Identifier } from '../../ui/parts.tsx';
import { shellOf } from '../shell.ts';

/** GET /history/verify: recomputes every hash and says what it found. Reads only. */
export async function showVerify(c: C): Promise<Response> {
  const verdict = await verifyEventChain(c.get('ctx'));
  return html(
    c,
    <DeskPage
      shell={await shellOf(c)}
      title="Verify the chain"
      crumbs={[{ href: '/history', label: 'History' }]}
      width="narrow"
    >
      {verdict.chain === 'ok' ? (
        <Alert tone="done" title="The record is whole">
          <p>{formatCount(verdict.events)} rows were recomputed. Each one gives its hash, and no row is missing.</p>
          <p>
            Last hash: <Identifier>{verdict.hash}</Identifier>
          </p>
          <p>
            Print or write down the last hash outside this system: whoever can rewrite the whole table cannot rewrite
            your paper.
          </p>
        </Alert>
      ) : (
        <Alert tone="danger" title={`The record was tampered with at row ${verdict.seq}`}>
          <p>
            {verdict.problem === 'missing'
              ? 'This row is missing.'
              : verdict.problem === 'head'
                ? 'Rows behind the last one are missing.'
                : 'What this row says does not give its hash.'}
          </p>
          <p>Rows before it are unharmed. Restore a backup beside this system and compare from this row on.</p>
        </Alert>
      )}
      <Form action="/history/verify" method="get">
        <SubmitButton tone="secondary">Recompute</SubmitButton>
      </Form>
    </DeskPage>,
  );
}
