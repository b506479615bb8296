export interface AccessLogJob {
  path: string;
  lines: number;
}
