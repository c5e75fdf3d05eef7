import { render, screen } from '@testing-library/svelte';
import { tick } from 'svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { BotLook } from '../src/api/types';
import ConnectBot from '../src/features/projects/ConnectBot.svelte';
import { entities } from '../src/store/entities.svelte';
import { aProject } from './builders';

const server = vi.hoisted(() => ({
  lookAtBot: vi.fn(),
  addProject: vi.fn(),
  listApis: vi.fn(),
}));
vi.mock('../src/api/desk', () => server);

const TOKEN = '1234567:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr';
const telegram = { name: 'Telegram', url: 'https://api.telegram.org', simulator: false };
const simulator = { name: 'Simulator', url: 'http://127.0.0.1:8081', simulator: true };

function look(change: Partial<BotLook> = {}): BotLook {
  return {
    bot: { id: 7, username: 'cafe_bot', name: 'Café', picture: null },
    in_use: null,
    project_id: null,
    ...change,
  };
}

async function paste(text: string): Promise<void> {
  const field = screen.getByLabelText<HTMLInputElement>('Bot token');
  field.value = text;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  await tick();
}

beforeEach(() => {
  vi.resetAllMocks();
  entities.clear();
  server.listApis.mockResolvedValue([telegram]);
});

describe('connecting a bot', () => {
  it('shows whose token it is as soon as it is whole, before anything is saved', async () => {
    server.lookAtBot.mockResolvedValue(look());
    render(ConnectBot);
    await paste('1234567:AAbb');
    expect(server.lookAtBot).not.toHaveBeenCalled();
    await paste(TOKEN);
    expect(await screen.findByText('@cafe_bot')).toBeTruthy();
    expect(server.addProject).not.toHaveBeenCalled();
    expect(screen.getByLabelText('Project name').getAttribute('placeholder')).toBe('Café');
  });

  it('adds it then', async () => {
    const added = vi.fn();
    const project = aProject({ name: 'Café' });
    server.lookAtBot.mockResolvedValue(look());
    server.addProject.mockResolvedValue(project);
    render(ConnectBot, { added });
    await paste(TOKEN);
    await screen.findByText('@cafe_bot');
    screen.getByRole('button', { name: 'Connect a bot' }).click();
    await vi.waitFor(() => expect(added).toHaveBeenCalledWith(project));
    expect(entities.projects.get(project.id)).toEqual(project);
  });

  it('offers nothing for a bot that is in use, and names the project', async () => {
    entities.putProjects([aProject({ name: 'Old café' })]);
    server.lookAtBot.mockResolvedValue(look({ in_use: 'here', project_id: 'p' }));
    render(ConnectBot);
    await paste(TOKEN);
    expect(await screen.findByText(/already connected here, as “Old café”/)).toBeTruthy();
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Connect a bot' }).disabled).toBe(true);
  });

  it('heeds only the answer about the token that stands there', async () => {
    let late: (answer: BotLook) => void = () => undefined;
    server.lookAtBot.mockReturnValueOnce(new Promise<BotLook>((done) => (late = done)));
    server.lookAtBot.mockResolvedValueOnce(look());
    render(ConnectBot);
    await paste(TOKEN);
    await paste(TOKEN.replace('AA', 'BB'));
    await screen.findByText('@cafe_bot');
    late(look({ bot: { id: 8, username: 'other_bot', name: 'Other', picture: null } }));
    await tick();
    expect(screen.queryByText('@other_bot')).toBeNull();
  });

  it('leaves the simulator out where it is offered otherwise', async () => {
    server.listApis.mockResolvedValue([telegram, simulator]);
    const { unmount } = render(ConnectBot);
    expect(await screen.findByLabelText('Bot API address')).toBeTruthy();
    unmount();
    render(ConnectBot, { real: true });
    await tick();
    await tick();
    expect(screen.queryByLabelText('Bot API address')).toBeNull();
  });
});
