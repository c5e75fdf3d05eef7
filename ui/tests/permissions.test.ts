import { render, screen } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Failure } from '../src/api/failure';
import { OPERATIONS, type Operations } from '../src/api/projects';
import Permissions from '../src/console/projects/Permissions.svelte';
import { entities } from '../src/store/entities.svelte';

const server = vi.hoisted(() => ({ getOperations: vi.fn(), putOperations: vi.fn() }));
vi.mock('../src/api/projects', async (original) => ({ ...(await original<object>()), ...server }));

function operations(version: number, change: Operations['operations'] = {}): Operations {
  const all = Object.fromEntries(OPERATIONS.map((operation) => [operation, true]));
  return { version, operations: { ...all, ...change }, exceptions: [] };
}

const everyone = (operation: string) => screen.getByLabelText<HTMLInputElement>(`${operation}: Everyone`);
const press = (name: string) => screen.getByRole('button', { name }).click();

async function withEndTakenAway(): Promise<void> {
  render(Permissions, { project: 'p' });
  await screen.findByTestId('permissions');
  everyone('End sessions').click();
  await vi.waitFor(() => expect(everyone('End sessions').checked).toBe(false));
}

beforeEach(() => {
  vi.resetAllMocks();
  entities.clear();
  server.getOperations.mockResolvedValue(operations(1));
});

describe('the permissions of a project', () => {
  it('are saved on the version that was seen', async () => {
    server.putOperations.mockResolvedValue(operations(2, { end: false }));
    await withEndTakenAway();
    press('Save');
    await vi.waitFor(() => expect(server.putOperations).toHaveBeenCalledWith('p', operations(1, { end: false })));
    await vi.waitFor(() => expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Save' }).disabled).toBe(true));
  });

  it('of somebody else meanwhile are taken', async () => {
    server.putOperations.mockRejectedValue(new Failure('stale_version', 412));
    await withEndTakenAway();
    press('Save');
    await screen.findByTestId('conflict');
    server.getOperations.mockResolvedValue(operations(2, { export: false }));
    press('Take theirs');
    await vi.waitFor(() => expect(screen.queryByTestId('conflict')).toBeNull());
    expect([everyone('End sessions').checked, everyone('Export').checked]).toEqual([true, false]);
  });

  it('of somebody else meanwhile are overwritten knowingly', async () => {
    server.putOperations.mockRejectedValueOnce(new Failure('stale_version', 412));
    await withEndTakenAway();
    press('Save');
    await screen.findByTestId('conflict');
    server.getOperations.mockResolvedValue(operations(2, { export: false }));
    server.putOperations.mockResolvedValue(operations(3, { end: false }));
    press('Save mine');
    await vi.waitFor(() => expect(server.putOperations).toHaveBeenLastCalledWith('p', operations(2, { end: false })));
  });

  it('say when they could not be fetched', async () => {
    server.getOperations.mockRejectedValue(new Failure('network'));
    render(Permissions, { project: 'p' });
    expect(await screen.findByRole('alert')).toBeTruthy();
  });
});
