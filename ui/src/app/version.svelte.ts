// Whether the portal on this page is still the one that is installed. It never reloads by itself: somebody may be writing.

/** The names of the files a page of the portal begins with; they hold hashes of their content, so they are its build. */
export function buildOf(page: string): string {
  return [...new Set(page.match(/\/assets\/[\w.-]+/g))].sort().join(' ');
}

class Version {
  /** What to tell: another version is installed, or a part of this one could not be loaded. */
  news = $state<'none' | 'installed' | 'part_missing'>('none');
  private server: string | null = null;
  // As the page came: what it loads later adds to it.
  private readonly build = buildOf(document.documentElement.outerHTML);

  /** The line begins, with a server of this version. A new portal needs a new server, which cuts the line. */
  async heard(server: string): Promise<void> {
    const first = this.server === null;
    this.server ??= server;
    if (server !== this.server || (!first && (await this.replaced()))) this.news = 'installed';
  }

  /** The code of a page could not be loaded: most likely because another version took its place. */
  async missed(): Promise<void> {
    const replaced = await this.replaced();
    if (this.news !== 'installed') this.news = replaced ? 'installed' : 'part_missing';
  }

  /** The code of a page was loaded after all. */
  found(): void {
    if (this.news === 'part_missing') this.news = 'none';
  }

  private async replaced(): Promise<boolean> {
    try {
      const answer = await fetch('/', { cache: 'no-store' });
      if (!answer.ok) return false;
      const served = buildOf(await answer.text());
      return served !== '' && served !== this.build;
    } catch {
      return false;
    }
  }
}

export const version = new Version();
