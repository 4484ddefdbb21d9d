import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Withdrawal1795508778493 implements MigrationInterface {
  name = 'Withdrawal1795508778493';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
            ALTER TABLE "dataset"
            ADD "withdrawn_at" TIMESTAMP WITH TIME ZONE
        `);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
            ALTER TABLE "dataset" DROP COLUMN "withdrawn_at"
        `);
  }
}
