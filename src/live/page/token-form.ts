import { find, setText } from './dom.js';

/** Asks for the token that `/metrics` needs, in place of the charts. */
export class TokenForm {
  private readonly form = find('#token', HTMLFormElement);
  private readonly input = find('#token-value', HTMLInputElement);

  constructor(submit: (token: string) => void) {
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      submit(this.input.value);
    });
  }

  /** @param refused whether the previous token was wrong */
  ask(refused: boolean): void {
    this.show(true);
    setText(find('#token-problem', HTMLElement), refused ? 'The service refused this token.' : '');
    this.input.select();
  }

  close(): void {
    this.show(false);
    this.input.value = '';
  }

  private show(shown: boolean): void {
    this.form.hidden = !shown;
    find('#cards', HTMLElement).hidden = shown;
  }
}
