// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MixedModelReports
import MixedModels

/// `mixedmodels diagnose MODEL`.
struct DiagnoseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diagnose",
    abstract: "Check a saved model: residuals, leverage, influence, R-squared, robust tests.",
    discussion: """
      For example:
        mixedmodels diagnose sleep.json
        mixedmodels diagnose sleep.json --observations --format csv
        mixedmodels diagnose sleep.json --influence subj --exact
        mixedmodels diagnose sleep.json --robust cr2

      Without options it prints an overview. All of it reads the rows of the fit again. GROUP and \
      CLUSTER are a grouping factor of the model or a column of the data.
      """)

  @OptionGroup var source: ModelSource

  @Flag(
    help: "A row for each row of the fit: fitted value, residuals, leverage, Cook's distance.")
  var observations = false

  @Option(
    help: ArgumentHelp(
      "The estimates without each group: Cook's distance and change of the coefficients.",
      valueName: "group"))
  var influence: String?

  @Flag(help: "With --influence, fits the model again without each group.")
  var exact = false

  @Option(
    help: ArgumentHelp(
      "Tests with a cluster-robust covariance matrix: "
        + "\(ClusterCorrection.allCases.map(\.rawValue).joined(separator: ", ")).",
      valueName: "name"))
  var robust: String?

  @Option(
    help: ArgumentHelp(
      "With --robust, the clusters; by default the grouping factor in which others are nested.",
      valueName: "cluster"))
  var cluster: String?

  @Option(help: ArgumentHelp("The simulated responses of quantile residuals.", valueName: "n"))
  var simulations = 250

  @Option(
    help: ArgumentHelp("The seed of simulated responses, a whole number from 0.", valueName: "n"))
  var seed: UInt64 = 1

  @OptionGroup(title: "Output options") var output: TableOutput

  func run() throws {
    let format = try output.checkedFormat()
    let correction = try checkedCorrection()
    try checkCombinations()
    let saved = try source.model()
    let data = try source.table(of: saved)
    let model = try saved.restored(from: data)
    var tables: [ResultTable] = []
    if observations {
      tables.append(try model.observationDiagnostics(simulations: simulations, seed: seed))
    }
    if let influence {
      let groups = try groups(influence, of: model, in: data)
      tables.append(try model.influence(by: groups, method: exact ? .refit : .oneStep).table)
    }
    if let correction {
      let clusters = try cluster.map { name throws(MixedModelError) in
        try groups(name, of: model, in: data)
      }
      tables.append(try model.robustTests(correction, by: clusters))
    }
    if tables.isEmpty {
      tables = try model.diagnosticOverview(simulations: simulations, seed: seed)
    }
    try TableOutput.write(tables, format)
  }

  private func checkedCorrection() throws(MixedModelError) -> ClusterCorrection? {
    guard let robust else { return nil }
    guard let correction = ClusterCorrection(rawValue: robust) else {
      throw .optionValue(
        "robust", robust,
        accepted: ClusterCorrection.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return correction
  }

  private func checkCombinations() throws(MixedModelError) {
    if exact, influence == nil { throw .optionWithoutOther("exact", needed: "influence") }
    if cluster != nil, robust == nil { throw .optionWithoutOther("cluster", needed: "robust") }
    _ = try CountOption.simulations.checked(simulations)
  }

  /// The groups of a grouping factor, or else of a column.
  private func groups(
    _ name: String, of model: some MixedModel, in data: DataTable
  ) throws(MixedModelError) -> RowGroups {
    let factors = model.design.randomEffects.map(\.groupingFactor)
    return factors.contains(name) || data[name] == nil
      ? try RowGroups(name, of: model) : try RowGroups(column: name, in: data, of: model)
  }
}

extension MixedModelError {
  fileprivate static func optionWithoutOther(
    _ option: String, needed: String
  ) -> MixedModelError {
    MixedModelError(
      .option, .option(option), problem: "The option --\(option) belongs to --\(needed).",
      remedy: "Give both, or leave it out.")
  }
}
