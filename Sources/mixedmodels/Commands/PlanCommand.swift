// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import DenseMatrices
import MixedModelReports
import MixedModels

/// `mixedmodels plan FORMULA DATA`.
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Sizes, memory and time of a fit, before it.",
    discussion: """
      For example:
        mixedmodels plan 'y ~ 1 + x + (1 | user) + (1 | item)' ratings.csv
        mixedmodels plan 'use ~ age + (1 | dist)' contra --family bernoulli

      It reads the data and analyses the factor without computing it. Times are for one thread, at the \
      speed that the linear algebra has on this machine now.
      """)

  @Argument(help: "Such as 'reaction ~ 1 + days + (1 + days | subj)'.")
  var formula: String

  @Argument(help: ArgumentHelp(stringLiteral: DataSource.help))
  var data: String

  @OptionGroup(title: "Model options") var model: ModelOptions
  @OptionGroup(title: "Options of generalized models") var generalized: GeneralizedOptions
  @OptionGroup(title: "Memory") var memory: MemoryOptions
  @OptionGroup(title: "Memory") var determinant: DeterminantOptions
  @OptionGroup(title: "Output options") var output: TableOutput

  func run() throws {
    let format = try output.checkedFormat()
    let limit = try memory.limit()
    let choice = try generalized.choice(isREML: model.reml)
    var options = try model.designOptions()
    options.logDeterminant = try determinant.method()
    try determinant.check(isGeneralized: choice != nil)
    let formula = try Formula(formula)
    setLibraryThreads(1)
    let start = ProcessClock.seconds
    let table = try DataSource(data).table(textColumns: model.textColumns(of: formula))
    let readSeconds = ProcessClock.seconds - start
    let plan = try FitPlan(formula, data: table, generalized: choice, options: options)
    var tables = plan.tables(at: .measured())
    tables[tables.count - 1].notes.append(
      "Reading the data took \(readSeconds.durationText) here.")
    if let limit { tables[tables.count - 2].notes.append(plan.memory.verdict(limit: limit)) }
    try TableOutput.write(tables, format)
  }
}

extension FitPlan {
  /// - Parameter choice: `nil` for a linear model.
  init(
    _ formula: Formula, data: DataTable, generalized choice: GeneralizedOptions.Choice?,
    options: DesignOptions
  ) throws(MixedModelError) {
    guard let choice else {
      try self.init(formula, data: data, options: options)
      return
    }
    try self.init(
      formula, data: data, family: choice.family, criterion: choice.criterion, options: options)
  }
}

extension FitPlan.Memory {
  fileprivate func verdict(limit: Int) -> String {
    let relation = peak > limit ? "more than" : "within"
    return "The peak is \(relation) the limit of \(limit.byteText)."
  }
}
