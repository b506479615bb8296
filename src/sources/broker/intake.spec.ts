import { Logger } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { RecordingModule } from '../../recording/recording.module.js';
import { SettingsModule } from '../../settings/settings.module.js';
import { readSettings } from '../../settings.js';
import { Intake, type Outcome } from './intake.js';

async function intakeWith(NATS_UNKNOWN_ENV: string): Promise<(payload: string) => Outcome> {
  const settings = readSettings({ NATS_STREAM: 'outcomes', NATS_UNKNOWN_ENV });
  const module = await Test.createTestingModule({
    imports: [SettingsModule.with(settings), RecordingModule],
    providers: [Intake],
  }).compile();
  return (payload) => module.get(Intake).take({ subject: 'observations', data: Buffer.from(payload) });
}

const STAGING = '{"env":"staging","statuscode":200}';
const LONG = `[{"env":"production","statuscode":200},{"env":"${'x'.repeat(60)}","statuscode":200}]`;

describe('Intake', () => {
  const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
  afterEach(() => warn.mockClear());
  afterAll(() => warn.mockRestore());

  it.each<[Outcome, string]>([
    ['kept', STAGING],
    ['kept', LONG],
    ['kept', `[${STAGING},{"env":"eu-1","statuscode":200,"seconds":1}]`],
    ['recorded', '{"env":"production","statuscode":200}'],
    ['refused', `[${STAGING},{"env":"production","statuscode":99}]`],
    ['refused', '{"env":"staging","statuscode":200,"x":1}'],
    ['refused', '{"env":"st ging","statuscode":200}'],
    ['refused', '{"env":7,"statuscode":200}'],
    ['refused', '{"statuscode":200}'],
    ['refused', '[null]'],
    ['refused', 'staging'],
  ])('keeps only what lacks nothing but an entry in ENVIRONMENTS: %s %s', async (outcome, payload) => {
    const [keep, discard] = [await intakeWith('keep'), await intakeWith('discard')];
    expect(keep(payload)).toBe(outcome);
    expect(discard(payload)).toBe(outcome === 'kept' ? 'refused' : outcome);
  });

  it.each([
    ['discard', 'such messages are deleted. NATS_UNKNOWN_ENV=keep leaves them in the stream.'],
    ['keep', 'such messages stay in the stream until then.'],
  ])('logs the unknown environment, the number of messages, and what to set: %s', async (set, end) => {
    const now = jest.spyOn(performance, 'now').mockReturnValue(0);
    const take = await intakeWith(set);
    for (const payload of [STAGING, 'nope', STAGING, LONG]) take(payload);
    now.mockReturnValue(10_000);
    take(LONG);
    now.mockRestore();
    const shortened = `env \\"${'x'.repeat(40)}…\\" is not one of testing, production"`;
    expect(warn.mock.calls.flat()).toEqual([
      `Refused a message on "observations": "observation 1 of 1: env \\"staging\\" is not one of testing, production". Add the environment to ENVIRONMENTS: ${end}`,
      expect.stringMatching(/^Refused a message on "observations": "[^.]+"$/),
      `Refused a message on "observations": "observation 2 of 2: ${shortened}, and 2 others since the last such line. Add the environment to ENVIRONMENTS: ${end}`,
    ]);
  });
});
