/** The start of a second remedy: its two signatures, and how far it is. */
import type { VNode } from 'preact';
import type { PermanentPage } from '../../../app/queries/permanent-fix.ts';
import { type StartRole, startRoles } from '../../../domain/permanent-fix.ts';
import { allows } from '../../../domain/permission.ts';
import type { C } from '../../context.ts';
import { Form, HiddenInput, SubmitButton, TextArea } from '../../ui/field.tsx';
import { formatCount } from '../../ui/figures.ts';
import { Alert, Card, More } from '../../ui/parts.tsx';
import { Moment } from '../../ui/time.tsx';
import { SignatureFields, type SignerMeans } from '../account/signature-fields.tsx';
import type { ActionRow } from '../actions/action-page.tsx';
import type { PermanentForms } from './page.tsx';

const words: Record<StartRole, string> = { quality: 'Quality', regulatory: 'Regulatory affairs' };

interface StartCardProps {
  c: C;
  action: ActionRow;
  remedy: PermanentPage['remedies'][number];
  forms: PermanentForms;
  means: SignerMeans;
}

/** What waits for signatures or is being made. */
export function StartCard({ c, action, remedy, forms, means }: StartCardProps): VNode | null {
  const { start } = remedy;
  if (!start) return null;
  const base = `/actions/${action.id}/permanent/${remedy.id}`;
  if (start.state === 'running')
    return (
      <Card title={`${remedy.name} begins`}>
        <p>{formatCount(start.made)} corrections are made so far. You need not wait here.</p>
      </Card>
    );
  const { actor } = c.get('ctx');
  const given = new Map(remedy.signatures.map((one) => [one.role, one]));
  return (
    <>
      <Card title={`${remedy.name}: proposed to begin`} id="sign">
        <p>
          {start.by}, <Moment at={new Date(start.at)} />. With the second signature a correction is opened for every
          unit and environment of the remedy it replaces; what is gone or not affected stays so.
        </p>
        {[...given.values()].map((one) => (
          <p key={one.role}>
            Signed for {words[one.role as StartRole] ?? one.role}: <strong>{one.name}</strong>,{' '}
            <Moment at={new Date(one.at)} />
          </p>
        ))}
        {given.size > 0 && start.hash !== remedy.hash ? (
          <Alert tone="attention" title="The remedy has changed since it was signed">
            The signature falls when the next one is given.
          </Alert>
        ) : null}
        {allows(actor, 'action.change') ? (
          <More summary="Take the proposal back" open={(forms.withdraw?.errors.length ?? 0) > 0}>
            <Form action={`${base}/withdraw`}>
              <TextArea form={forms.withdraw} name="reason" label="Why" rows={2} maxLength={1000} required />
              <SubmitButton tone="secondary">Take it back</SubmitButton>
            </Form>
          </More>
        ) : null}
      </Card>
      {(Object.keys(startRoles) as StartRole[])
        .filter((role) => !given.has(role))
        .map((role) => (
          <Card key={role} title={`Start, for ${words[role]}`} id={`sign-${role}`}>
            {allows(actor, `remedy.sign.${role}`) ? (
              <Form action={`${base}/sign`}>
                <HiddenInput name="as" value={role} />
                <HiddenInput name="contentHash" value={remedy.hash ?? ''} />
                <SignatureFields
                  form={forms.sign?.values.as === role ? forms.sign : undefined}
                  means={means}
                  meaning={startRoles[role]}
                  subjectKind="remedy"
                  subjectId={remedy.id}
                  contentHash={remedy.hash ?? ''}
                />
                <SubmitButton>{given.size === 1 ? 'Sign and begin' : 'Sign'}</SubmitButton>
              </Form>
            ) : (
              <p>Waits for somebody with the role {words[role]}.</p>
            )}
          </Card>
        ))}
    </>
  );
}
