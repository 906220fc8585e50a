import 'reflect-metadata';
import { Logger, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

/** Starts a service at PORT, and ends it with status 0 when it is told to stop. */
export async function serve(module: Type, name: string, defaultPort: number): Promise<void> {
  const app = await NestFactory.create(module);
  const logger = new Logger(name);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      logger.log(`${signal}: closing`);
      app.close().then(
        () => process.exit(0),
        (error) => {
          logger.error(error);
          process.exit(1);
        },
      );
    });
  }
  const port = Number(process.env.PORT ?? defaultPort);
  await app.listen(port, '0.0.0.0');
  logger.log(`listening on port ${port}`);
}
