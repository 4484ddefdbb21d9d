import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Discovery1795538059475 implements MigrationInterface {
  name = 'Discovery1795538059475';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
            CREATE TABLE "article_dataset_block" (
                "block" text COLLATE "C" NOT NULL,
                "article_id" uuid NOT NULL,
                "position" smallint NOT NULL,
                CONSTRAINT "PK_9816a4482f46558e5c262171c06" PRIMARY KEY ("block", "article_id", "position")
            )
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_2ee1fbe4476d97120d71d31f3c" ON "article_dataset_block" ("article_id", "position")
        `);
    await queryRunner.query(`
            CREATE TABLE "article_dataset" (
                "article_id" uuid NOT NULL,
                "position" smallint NOT NULL,
                "key" text COLLATE "C" NOT NULL,
                "name" text NOT NULL,
                "acronym" text,
                "entry" text COLLATE "C",
                "dataset_id" uuid,
                "identifiers" text array NOT NULL DEFAULT '{}',
                "role" text COLLATE "C" NOT NULL,
                "role_scores" jsonb NOT NULL,
                "confidence" double precision NOT NULL,
                "mention_count" integer NOT NULL,
                CONSTRAINT "PK_a05ed4107cbcede2cad6afd7a7e" PRIMARY KEY ("article_id", "position")
            )
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_93bae69f925b381269529364e6" ON "article_dataset" ("key")
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_bc8190b638113646262e1cacc0" ON "article_dataset" ("dataset_id", "role")
            WHERE dataset_id IS NOT NULL
        `);
    await queryRunner.query(`
            CREATE TABLE "article_mining" (
                "article_id" uuid NOT NULL,
                "text_hash" text COLLATE "C" NOT NULL,
                "version" text COLLATE "C" NOT NULL,
                "stale" boolean NOT NULL DEFAULT false,
                "attributes" jsonb NOT NULL,
                "cohort" jsonb,
                "mined_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
                CONSTRAINT "PK_d049606b18091f0e8601e2bf19f" PRIMARY KEY ("article_id")
            )
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_1de6543fef6e4f8720cdef7404" ON "article_mining" ("article_id")
            WHERE stale
        `);
    await queryRunner.query(`
            CREATE TABLE "candidate_alias" (
                "alias" text COLLATE "C" NOT NULL,
                "candidate_id" uuid NOT NULL,
                CONSTRAINT "PK_74803d3ed8da606f673d01199bb" PRIMARY KEY ("alias")
            )
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_b85c963b1fb1eff7ea55af548f" ON "candidate_alias" ("candidate_id")
        `);
    await queryRunner.query(`
            CREATE TABLE "candidate_key_due" (
                "key" text COLLATE "C" NOT NULL,
                "since" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
                CONSTRAINT "PK_f13a79665567dae02632e38d632" PRIMARY KEY ("key")
            )
        `);
    await queryRunner.query(`
            CREATE TABLE "dataset_candidate" (
                "id" uuid NOT NULL,
                "state" text COLLATE "C" NOT NULL DEFAULT 'OPEN',
                "title" text NOT NULL,
                "acronym" text,
                "fields" jsonb NOT NULL,
                "article_count" integer NOT NULL,
                "mention_count" integer NOT NULL,
                "score" double precision NOT NULL,
                "similar" text array NOT NULL DEFAULT '{}',
                "dataset_id" uuid,
                "reason" text,
                "decided_by" uuid,
                "decided_at" TIMESTAMP WITH TIME ZONE,
                "detail" jsonb,
                "version" integer NOT NULL DEFAULT '1',
                "created_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
                "updated_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
                CONSTRAINT "PK_ad08f6ffd0d7822f2a8df056b72" PRIMARY KEY ("id")
            )
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_6624a18601bda75415ef7dadaa" ON "dataset_candidate" ("state", "score", "id")
        `);
    await queryRunner.query(`
            CREATE INDEX "IDX_cc09d3821da5e12bf7548b4121" ON "dataset_candidate" ("dataset_id")
        `);
    await queryRunner.query(`
            CREATE TABLE "dataset_mention" (
                "article_id" uuid NOT NULL,
                "position" integer NOT NULL,
                "dataset" smallint NOT NULL,
                "start" integer NOT NULL,
                "end" integer NOT NULL,
                "text" text NOT NULL,
                "kind" text COLLATE "C" NOT NULL,
                "section" text NOT NULL,
                "section_role" text COLLATE "C",
                "sentence_start" integer NOT NULL,
                "sentence_end" integer NOT NULL,
                "rule" text COLLATE "C" NOT NULL,
                "confidence" double precision NOT NULL,
                CONSTRAINT "PK_585712282d297d29c4751b5a6c4" PRIMARY KEY ("article_id", "position")
            )
        `);
    await queryRunner.query(`
            CREATE TABLE "gazetteer_entry" (
                "key" text COLLATE "C" NOT NULL,
                "hash" text COLLATE "C" NOT NULL,
                "dataset_id" uuid,
                CONSTRAINT "PK_36581fab1392ff83f43b3349c97" PRIMARY KEY ("key")
            )
        `);
    await queryRunner.query(`
            CREATE TABLE "mining_state" (
                "name" text COLLATE "C" NOT NULL,
                "position" bigint NOT NULL,
                CONSTRAINT "PK_9b5dc44c06cd3e5b7a09a461316" PRIMARY KEY ("name")
            )
        `);
    await queryRunner.query(`
            ALTER TABLE "article_dataset_block"
            ADD CONSTRAINT "FK_84a0fc6ed167a3bc8812a79d01b" FOREIGN KEY ("article_id") REFERENCES "article"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "article_dataset"
            ADD CONSTRAINT "FK_ba8e7a25e03a91f55ea38cdb8fa" FOREIGN KEY ("article_id") REFERENCES "article"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "article_dataset"
            ADD CONSTRAINT "FK_46cfb070c0d6b66a0fbee783097" FOREIGN KEY ("dataset_id") REFERENCES "dataset"("id") ON DELETE
            SET NULL ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "article_mining"
            ADD CONSTRAINT "FK_d049606b18091f0e8601e2bf19f" FOREIGN KEY ("article_id") REFERENCES "article"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "candidate_alias"
            ADD CONSTRAINT "FK_b85c963b1fb1eff7ea55af548fd" FOREIGN KEY ("candidate_id") REFERENCES "dataset_candidate"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "dataset_candidate"
            ADD CONSTRAINT "FK_cc09d3821da5e12bf7548b4121b" FOREIGN KEY ("dataset_id") REFERENCES "dataset"("id") ON DELETE
            SET NULL ON UPDATE NO ACTION
        `);
    await queryRunner.query(`
            ALTER TABLE "dataset_mention"
            ADD CONSTRAINT "FK_24fbfe30a6e922561279dd7815b" FOREIGN KEY ("article_id") REFERENCES "article"("id") ON DELETE CASCADE ON UPDATE NO ACTION
        `);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
            ALTER TABLE "dataset_mention" DROP CONSTRAINT "FK_24fbfe30a6e922561279dd7815b"
        `);
    await queryRunner.query(`
            ALTER TABLE "dataset_candidate" DROP CONSTRAINT "FK_cc09d3821da5e12bf7548b4121b"
        `);
    await queryRunner.query(`
            ALTER TABLE "candidate_alias" DROP CONSTRAINT "FK_b85c963b1fb1eff7ea55af548fd"
        `);
    await queryRunner.query(`
            ALTER TABLE "article_mining" DROP CONSTRAINT "FK_d049606b18091f0e8601e2bf19f"
        `);
    await queryRunner.query(`
            ALTER TABLE "article_dataset" DROP CONSTRAINT "FK_46cfb070c0d6b66a0fbee783097"
        `);
    await queryRunner.query(`
            ALTER TABLE "article_dataset" DROP CONSTRAINT "FK_ba8e7a25e03a91f55ea38cdb8fa"
        `);
    await queryRunner.query(`
            ALTER TABLE "article_dataset_block" DROP CONSTRAINT "FK_84a0fc6ed167a3bc8812a79d01b"
        `);
    await queryRunner.query(`
            DROP TABLE "mining_state"
        `);
    await queryRunner.query(`
            DROP TABLE "gazetteer_entry"
        `);
    await queryRunner.query(`
            DROP TABLE "dataset_mention"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_cc09d3821da5e12bf7548b4121"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_6624a18601bda75415ef7dadaa"
        `);
    await queryRunner.query(`
            DROP TABLE "dataset_candidate"
        `);
    await queryRunner.query(`
            DROP TABLE "candidate_key_due"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_b85c963b1fb1eff7ea55af548f"
        `);
    await queryRunner.query(`
            DROP TABLE "candidate_alias"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_1de6543fef6e4f8720cdef7404"
        `);
    await queryRunner.query(`
            DROP TABLE "article_mining"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_bc8190b638113646262e1cacc0"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_93bae69f925b381269529364e6"
        `);
    await queryRunner.query(`
            DROP TABLE "article_dataset"
        `);
    await queryRunner.query(`
            DROP INDEX "public"."IDX_2ee1fbe4476d97120d71d31f3c"
        `);
    await queryRunner.query(`
            DROP TABLE "article_dataset_block"
        `);
  }
}
