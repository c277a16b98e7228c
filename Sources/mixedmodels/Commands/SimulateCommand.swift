// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MixedModelFitting
import MixedModelReports
import MixedModels

/// `mixedmodels simulate MODEL`.
struct SimulateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate", abstract: "Draw new responses from a fitted model.",
    discussion: """
      One column per response and one row per row of the data, missing where a row is incomplete. \
      The data may be others than those of the fit; they need no response, and groups may be new.
      """)

  @OptionGroup var source: ModelSource

  @Option(help: ArgumentHelp("How many responses are drawn.", valueName: "n"))
  var replicates = 1

  @Option(
    help: ArgumentHelp(
      "The seed of random numbers, a whole number from 0; the same one gives the same responses.",
      valueName: "n"))
  var seed: UInt64 = 1

  @Option(
    help: ArgumentHelp(
      "new: random effects are drawn for every response; current: they stay at the fit's modes.",
      valueName: "which"))
  var randomEffects = SimulatedRandomEffects.new.rawValue

  @Option(
    help: ArgumentHelp(
      "The form of the output: \(TableFormat.allCases.map(\.rawValue).joined(separator: ", ")).",
      valueName: "name"))
  var format = TableFormat.csv.rawValue

  /// A number as such, in the table, and as about twenty characters in the growing text.
  private static let bytesPerValue =
    MemoryLayout<Double>.stride + MemoryLayout<ResultTable.Value>.stride + 40

  func run() throws {
    let format = try TableFormat.named(format)
    guard let effects = SimulatedRandomEffects(rawValue: randomEffects) else {
      throw MixedModelError.optionValue(
        "random-effects", randomEffects,
        accepted: SimulatedRandomEffects.allCases.map(\.rawValue).joined(separator: " or "))
    }
    let count = try CountOption.replicates.checked(replicates)
    let model = try source.model()
    let data = try source.table(of: model)
    try ReplicateCount.checkMemory(
      count, rowCount: data.rowCount, bytesPerValue: Self.bytesPerValue)
    let responses = try model.simulatedResponses(
      count: count, seed: seed, randomEffects: effects, in: data)
    var table = ResultTable(
      "simulated",
      columns: responses.indices.map { ResultTable.Column("sim_\($0 + 1)", "Response \($0 + 1)") })
    for row in responses[0].indices {
      table.append(responses.map { ResultTable.Value($0[row].isNaN ? nil : $0[row]) })
    }
    try Terminal.write(format.text(of: [table]))
  }
}
