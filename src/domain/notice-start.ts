export type NoticeStart = { parts: [] };
