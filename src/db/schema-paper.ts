import type { ColumnType, Generated } from 'kysely';
import type { FormLayout } from '../domain/paper-form.ts';

export interface PaperFormTable {
  id: Generated<number>;
  code: string;
  action_id: number;
  form_id: number;
  notice_id: number | null;
  party_id: number;
  contact_id: number;
  delivery_id: number | null;
  language: string;
  paper: 'a4' | 'letter';
  pages: number;
  layout: ColumnType<FormLayout, string, string>;
  content_hash: string;
  created_at: Date;
}

export interface MailDomainTable {
  domain: string;
  attachment_limit: number;
  reason: string;
  changed_by: string;
  changed_at: Date;
}

export interface DeliveryFileTable {
  delivery_id: number;
  position: number;
  file_id: number;
}

/** Forms on paper, and files that go with letters: migrations/010-paper-form.sql. */
export interface PaperSchema {
  paper_form: PaperFormTable;
  mail_domain: MailDomainTable;
  delivery_file: DeliveryFileTable;
}
