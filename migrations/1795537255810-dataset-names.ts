import type { MigrationInterface, QueryRunner } from 'typeorm';

export class DatasetNames1795537255810 implements MigrationInterface {
  name = 'DatasetNames1795537255810';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
            CREATE INDEX "IDX_1317393598f1ad91825e34014f" ON "dataset" ("acronym")
        `);
    await queryRunner.query(`
            CREATE INDEX "identifier_iri" ON "identifier" USING hash ("iri")
        `);
    await queryRunner.query(`
            CREATE INDEX "dataset_alternative_titles" ON "dataset" USING gin ("alternative_titles")
        `);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
            DROP INDEX "public"."dataset_alternative_titles"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."identifier_iri"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_1317393598f1ad91825e34014f"
        `);
  }
}
