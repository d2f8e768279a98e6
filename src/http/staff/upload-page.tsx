import type { VNode } from 'preact';
import type { C } from '../context.ts';
import { ButtonRow, FileInput, Form, LinkButton, SubmitButton } from '../ui/field.tsx';
import type { FormState } from '../ui/form.ts';
import { DeskPage } from '../ui/layout.tsx';
import { Card } from '../ui/parts.tsx';
import { shellOf } from './shell.ts';

interface UploadWords {
  title: string;
  lede: string;
  /** Takes the upload in its field `file`. */
  action: string;
  /** Where it belongs to, and where one gets back without it. */
  list: { href: string; label: string };
  hint: string;
  /** What the browser offers to choose from, as HTML has it. */
  accept: string;
}

/** A page that takes one file and asks nothing else. */
export async function uploadPage(c: C, form: FormState, words: UploadWords): Promise<VNode> {
  return (
    <DeskPage shell={await shellOf(c)} title={words.title} crumbs={[words.list]} lede={words.lede} errors={form.errors}>
      <Card>
        <Form action={words.action} upload>
          <FileInput form={form} name="file" label="File" hint={words.hint} accept={words.accept} required />
          <ButtonRow>
            <SubmitButton icon="upload">Upload</SubmitButton>
            <LinkButton href={words.list.href} tone="quiet">
              Cancel
            </LinkButton>
          </ButtonRow>
        </Form>
      </Card>
    </DeskPage>
  );
}
