cwlVersion: v1.2
class: CommandLineTool
$namespaces:
  mia: "https://w3id.org/mia-catalog/pipeline#"
id: impute-clinical
label: Impute missing clinical values
doc: >-
  Fills missing values of a table of subjects by the mean, by k nearest neighbours, by the means of k clusters, or by regression
  trees in turns (scikit-learn). Everything is fitted on training rows only.
baseCommand: [python3]
arguments:
  - position: 4
    prefix: --outputs
    valueFrom: outputs
inputs:
  program:
    type: File
    default:
      class: File
      location: impute_clinical.py
    inputBinding: { position: 1 }
  params:
    type: File
    inputBinding: { position: 2, prefix: --params }
  inputs:
    type: Directory
    inputBinding: { position: 3, prefix: --inputs }
outputs:
  outputs:
    type: Directory
    outputBinding: { glob: outputs }
requirements:
  ResourceRequirement:
    coresMin: 1
    coresMax: 1
    ramMin: 1024
    ramMax: 1024
  ToolTimeLimit:
    timelimit: 1800
mia:catalog:
  name: impute-clinical
  version: 1
  license: Apache-2.0
  python: requirements.txt
  processes: 64
  derives: DATASET
  takes:
    subjectsAtLeast: 2
  gives:
    - file: participants.tsv
      description: The table with the missing values filled; rows and columns in the order of the input.
      mediaType: text/tab-separated-values
    - file: report.json
      description: Method, seed, rows fitted on, and per variable how many values were missing and filled.
      mediaType: application/json
  split: { column: splitColumn, trainingValue: trainingValue, seed: seed }
  parameters:
    - name: method
      kind: string
      values: [mean, knn, kmeans, trees]
      default: knn
      description: How values are filled.
    - name: variables
      kind: variables
      required: true
      description: Numeric variables to fill; they also tell each other's values.
    - name: neighbours
      kind: integer
      minimum: 1
      maximum: 1000
      default: 5
      description: Neighbours of method knn, clusters of method kmeans.
    - name: splitColumn
      kind: variable
      description: Column that tells training rows from others; without it every row is a training row.
    - name: trainingValue
      kind: string
      default: train
      description: Value of the split column that marks a training row.
    - name: missing
      kind: string
      default: ""
      description: A further mark of a missing number, such as -9999, beside the empty cell and n/a.
    - name: seed
      kind: integer
      minimum: 0
      maximum: 4294967295
      default: 0
      description: Seed of clusters and trees.
