import type { VNode } from 'preact';
import { verifyEventChain } from '../../../app/event-chain.ts';
import { type FiguresVerdict, verifyFigures } from '../../../app/figures.ts';
import type { C } from '../../context.ts';
import { Form, SubmitButton } from '../../ui/field.tsx';
import { formatCount } from '../../ui/figures.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Alert, Identifier } from '../../ui/parts.tsx';
import { shellOf } from '../shell.ts';

/** GET /history/verify: recomputes every hash, counts every figure again, and says what it found. Reads only. */
export async function showVerify(c: C): Promise<Response> {
  const verdict = await verifyEventChain(c.get('ctx'));
  const counted = await verifyFigures(c.get('ctx'));
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
      <Figures counted={counted} />
      <Form action="/history/verify" method="get">
        <SubmitButton tone="secondary">Recompute</SubmitButton>
      </Form>
    </DeskPage>,
  );
}

/** The figures of the desk, each counted again from its rows. */
function Figures({ counted }: { counted: FiguresVerdict }): VNode {
  if (counted.figures === 'ok') {
    return (
      <Alert tone="done" title="Every figure is what its rows count to">
        <p>{formatCount(counted.compared)} figures were counted again.</p>
      </Alert>
    );
  }
  return (
    <Alert tone="danger" title={`${formatCount(counted.wrong)} figures differ from their rows`}>
      <p>The rows are right; the figures kept beside them are not. Please report this: it must not happen.</p>
      <ul>
        {counted.differences.slice(0, 20).map((one) => (
          <li key={`${one.actionId} ${one.figure}`}>
            Action {one.actionId}, {one.figure}: {formatCount(one.kept)} kept, {formatCount(one.counted)} counted
          </li>
        ))}
      </ul>
    </Alert>
  );
}
