// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MixedModelReports
import MixedModels

/// `mixedmodels emmeans MODEL TERM`.
struct EmmeansCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "emmeans", abstract: "Estimated marginal means and pairwise comparisons.",
    discussion: """
      For example:
        mixedmodels emmeans model.json recipe --ddf kenward-roger
        mixedmodels emmeans model.json 'recipe & sex' --at temp=175,225 --adjust holm
        mixedmodels emmeans model.json period --by region --scale response

      Other predictors are averaged over; numeric ones stand at their mean, or at both values if they \
      have two.
      """)

  @OptionGroup var source: ModelSource

  @Argument(
    help: ArgumentHelp(
      "The predictor that the means are for, or several with & or : between.", valueName: "term"))
  var term: String

  @OptionGroup(title: "Options of the means") var options: MarginalMeansOptions
  @OptionGroup(title: "Output options") var output: TableOutput

  func run() throws {
    let format = try output.checkedFormat()
    let request = try options.request()
    let saved = try source.model()
    var model: any MixedModel = saved
    var data: DataTable?
    if needsRows(of: saved, request) {
      let table = try source.table(of: saved)
      model = try saved.restored(from: table)
      data = table
    }
    let means = try model.inference(degreesOfFreedom: request.method).estimatedMarginalMeans(
      of: factors(of: saved), by: request.groups, at: request.values, weights: request.weights,
      data: data, scale: request.scale, level: request.level)
    let pairs = try means.pairwise(adjust: request.adjustment)
    var tables = [means.resultTable()]
    // A single mean has nothing to be compared with; an object has all its keys.
    if !pairs.isEmpty || format == .json { tables.append(pairs.resultTable()) }
    try TableOutput.write(tables, format)
  }

  /// The columns that the term names, with & or : between; a name that is that of a column stays
  /// whole.
  private func factors(of model: SavedModel) -> [String] {
    let known = model.design.populationColumnNames
    func parts(_ text: String, _ separators: ArraySlice<Character>) -> [String] {
      let name = String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
      guard let separator = separators.first, !known.contains(name) else { return [name] }
      return name.split(separator: separator, omittingEmptySubsequences: false).flatMap {
        parts(String($0), separators.dropFirst())
      }
    }
    return parts(term, ["&", ":"])
  }

  private func needsRows(of model: SavedModel, _ request: MarginalMeansRequest) -> Bool {
    request.weights == .proportional || model.rank < model.fixedEffects.allNames.count
      || request.method is SatterthwaiteDegreesOfFreedom
      || request.method is KenwardRogerDegreesOfFreedom
      || model.design.referenceNeedsData(at: request.values)
  }
}
