import type { MigrationInterface, QueryRunner } from 'typeorm';

export class PipelineRuns1795537484729 implements MigrationInterface {
  name = 'PipelineRuns1795537484729';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
            CREATE TABLE "pipeline_run" (
                "id" uuid NOT NULL,
                "spec_id" uuid NOT NULL,
                "owner_id" uuid,
                "engine" text COLLATE "C" NOT NULL,
                "engine_job_id" text,
                "state" text NOT NULL,
                "attempt" integer NOT NULL DEFAULT '1',
                "idempotency_key" text COLLATE "C" NOT NULL,
                "body_hash" text NOT NULL,
                "dataset_id" uuid NOT NULL,
                "dataset_version" integer NOT NULL,
                "cohort_where" jsonb NOT NULL,
                "cohort_sha256" text NOT NULL,
                "member_ids" uuid array NOT NULL DEFAULT '{}',
                "parameters" jsonb NOT NULL,
                "limits" jsonb NOT NULL,
                "requested_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
                "state_since" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
                "started_at" TIMESTAMP WITH TIME ZONE,
                "finished_at" TIMESTAMP WITH TIME ZONE,
                "deadline" TIMESTAMP WITH TIME ZONE NOT NULL,
                "next_check_at" TIMESTAMP WITH TIME ZONE,
                "lease_holder" uuid,
                "leased_until" TIMESTAMP WITH TIME ZONE,
                "fence" bigint NOT NULL DEFAULT '0',
                "unknown_since" TIMESTAMP WITH TIME ZONE,
                "cleanup_until" TIMESTAMP WITH TIME ZONE,
                "exit_code" integer,
                "error" text,
                "used" jsonb,
                "logs" jsonb,
                "derived_dataset_id" uuid,
                "rerun_of" uuid,
                CONSTRAINT "UQ_e06e212ededf65a012d67f5715f" UNIQUE ("owner_id", "idempotency_key"),
                CONSTRAINT "PK_48a0275191fc496c34f188ab76f" PRIMARY KEY ("id")
            )
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_550421cf26cc16c92cfd89916d" ON "pipeline_run" ("next_check_at")
            WHERE next_check_at IS NOT NULL
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_2dc71ceab1cf0cced45e7a5e7e" ON "pipeline_run" ("requested_at", "id")
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_2f81a20eb0d4ea2c3de9f64178" ON "pipeline_run" ("owner_id", "requested_at")
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_eada6296e8e163db32ab0323ec" ON "pipeline_run" ("dataset_id", "requested_at")
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_c6298a10e0da418c6c8cafe640" ON "pipeline_run" ("derived_dataset_id")
            WHERE derived_dataset_id IS NOT NULL
        `);
    await queryRunner.query(`
            CREATE TABLE "pipeline_spec" (
                "id" uuid NOT NULL,
                "name" text COLLATE "C" NOT NULL,
                "version" integer NOT NULL,
                "sha256" text NOT NULL,
                "spec" jsonb NOT NULL,
                "files" jsonb NOT NULL,
                "created_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
                CONSTRAINT "UQ_b8e8e9b41bfa743b4a1aada6084" UNIQUE ("name", "version"),
                CONSTRAINT "PK_4d4baaeafbc3c15fbc088d7257c" PRIMARY KEY ("id")
            )
        `);
    await queryRunner.query(`
            CREATE TABLE "run_event" (
                "id" BIGSERIAL NOT NULL,
                "run_id" uuid NOT NULL,
                "at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
                "state" text NOT NULL,
                "attempt" integer NOT NULL,
                "message" text,
                CONSTRAINT "PK_2287184bc447a7cb44cda679ae3" PRIMARY KEY ("id")
            )
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_bec15a39f4aa4ff42e4266a60a" ON "run_event" ("run_id", "id")
        `);
    await queryRunner.query(`
            CREATE TABLE "run_input" (
                "run_id" uuid NOT NULL,
                "path" text COLLATE "C" NOT NULL,
                "sha256" text NOT NULL,
                "byte_size" bigint NOT NULL,
                "media_type" text NOT NULL,
                CONSTRAINT "PK_6db520f7eef60659d04b0f3c050" PRIMARY KEY ("run_id", "path")
            )
        `);
    await queryRunner.query(`
            CREATE TABLE "run_output" (
                "run_id" uuid NOT NULL,
                "path" text COLLATE "C" NOT NULL,
                "sha256" text COLLATE "C" NOT NULL,
                "byte_size" bigint NOT NULL,
                "media_type" text NOT NULL,
                "attempt" integer NOT NULL,
                "dataset_id" uuid,
                CONSTRAINT "PK_bd7f5ef27dc57ae0a307c661de0" PRIMARY KEY ("run_id", "path", "sha256")
            )
        `);
    await queryRunner.query(`
            ALTER TABLE "pipeline_run"
            ADD CONSTRAINT "FK_7cc10206fb89ef0c8a8c5c0499c" FOREIGN KEY ("spec_id") REFERENCES "pipeline_spec"("id") ON DELETE RESTRICT ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "pipeline_run"
            ADD CONSTRAINT "FK_19b217a247e8889f0e69a8e6f5f" FOREIGN KEY ("owner_id") REFERENCES "principal"("id") ON DELETE
            SET NULL ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "pipeline_run"
            ADD CONSTRAINT "FK_69e139a9e4ff467b39542639c08" FOREIGN KEY ("dataset_id") REFERENCES "dataset"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "pipeline_run"
            ADD CONSTRAINT "FK_19c22bfc5438e1302e9620575c4" FOREIGN KEY ("derived_dataset_id") REFERENCES "dataset"("id") ON DELETE
            SET NULL ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "pipeline_run"
            ADD CONSTRAINT "FK_67a9280a2ecdd4322915e80db11" FOREIGN KEY ("rerun_of") REFERENCES "pipeline_run"("id") ON DELETE
            SET NULL ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "run_event"
            ADD CONSTRAINT "FK_ec435cdab48e9f71a3c9b1317f3" FOREIGN KEY ("run_id") REFERENCES "pipeline_run"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "run_input"
            ADD CONSTRAINT "FK_d692376d459560fab69bc3248fa" FOREIGN KEY ("run_id") REFERENCES "pipeline_run"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "run_output"
            ADD CONSTRAINT "FK_153946bf4c7c1fccd161dd8868c" FOREIGN KEY ("run_id") REFERENCES "pipeline_run"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "run_output"
            ADD CONSTRAINT "FK_2b40a6abfd8f0d16ad9cfdce7dc" FOREIGN KEY ("dataset_id") REFERENCES "dataset"("id") ON DELETE
            SET NULL ON UPDATE NO ACTION
        `);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
            ALTER TABLE "run_output" DROP CONSTRAINT "FK_2b40a6abfd8f0d16ad9cfdce7dc"
        `);
    await queryRunner.query(`
            ALTER TABLE "run_output" DROP CONSTRAINT "FK_153946bf4c7c1fccd161dd8868c"
        `);
    await queryRunner.query(`
            ALTER TABLE "run_input" DROP CONSTRAINT "FK_d692376d459560fab69bc3248fa"
        `);
    await queryRunner.query(`
            ALTER TABLE "run_event" DROP CONSTRAINT "FK_ec435cdab48e9f71a3c9b1317f3"
        `);
    await queryRunner.query(`
            ALTER TABLE "pipeline_run" DROP CONSTRAINT "FK_67a9280a2ecdd4322915e80db11"
        `);
    await queryRunner.query(`
            ALTER TABLE "pipeline_run" DROP CONSTRAINT "FK_19c22bfc5438e1302e9620575c4"
        `);
    await queryRunner.query(`
            ALTER TABLE "pipeline_run" DROP CONSTRAINT "FK_69e139a9e4ff467b39542639c08"
        `);
    await queryRunner.query(`
            ALTER TABLE "pipeline_run" DROP CONSTRAINT "FK_19b217a247e8889f0e69a8e6f5f"
        `);
    await queryRunner.query(`
            ALTER TABLE "pipeline_run" DROP CONSTRAINT "FK_7cc10206fb89ef0c8a8c5c0499c"
        `);
    await queryRunner.query(`
            DROP TABLE "run_output"
        `);
    await queryRunner.query(`
            DROP TABLE "run_input"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_bec15a39f4aa4ff42e4266a60a"
        `);
    await queryRunner.query(`
            DROP TABLE "run_event"
        `);
    await queryRunner.query(`
            DROP TABLE "pipeline_spec"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_c6298a10e0da418c6c8cafe640"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_eada6296e8e163db32ab0323ec"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_2f81a20eb0d4ea2c3de9f64178"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_2dc71ceab1cf0cced45e7a5e7e"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_550421cf26cc16c92cfd89916d"
        `);
    await queryRunner.query(`
            DROP TABLE "pipeline_run"
        `);
  }
}
