import { Controller, DynamicModule, Get, Inject, Module, ServiceUnavailableException } from '@nestjs/common';

/** One thing that must hold before the service may get traffic; it throws where it does not. */
export interface ReadyCheck {
  readonly name: string;
  check(): void | Promise<void>;
}

const CHECKS = Symbol('ready checks');

@Controller('health')
class HealthController {
  constructor(@Inject(CHECKS) private readonly checks: ReadyCheck[]) {}

  /** The process runs and answers: no more is claimed, so that a lost database restarts nothing. */
  @Get('live')
  live() {
    return { status: 'ok', service: process.env.SERVICE_NAME };
  }

  @Get('ready')
  async ready() {
    const failed: Record<string, string> = {};
    for (const { name, check } of this.checks) {
      try {
        await check();
      } catch (error) {
        failed[name] = error instanceof Error ? error.message : String(error);
      }
    }
    if (Object.keys(failed).length > 0) {
      throw new ServiceUnavailableException({ status: 'unready', failed });
    }
    return { status: 'ok', checks: this.checks.map(({ name }) => name) };
  }
}

@Module({})
export class HealthModule {
  static with(...checks: ReadyCheck[]): DynamicModule {
    return { module: HealthModule, controllers: [HealthController], providers: [{ provide: CHECKS, useValue: checks }] };
  }
}
