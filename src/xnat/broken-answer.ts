/**
 * The bytes of an answer are not what their form promises: cut JSON, an error page instead of rows. Worth asking again, so
 * it never leaves the client as such: the transport retries and then throws UpstreamUnavailableError with this as cause.
 */
export class BrokenAnswerError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BrokenAnswerError';
  }
}

/** True for the pages a logged-out browser gets, which XNAT also sends to programs, with status 200. */
export function isLoginPage(text: string): boolean {
  const head = text.slice(0, 20_000);
  if (!/^\s*(<!doctype html|<html)/i.test(head)) return false;
  return /j_spring_security_check|action="[^"]*\/(login|app\/action\/XDATLoginUser)|id="login_form"/i.test(head);
}

/** True for any HTML document. */
export function isHtml(text: string): boolean {
  return /^\s*(<!doctype html|<html)/i.test(text.slice(0, 200));
}
