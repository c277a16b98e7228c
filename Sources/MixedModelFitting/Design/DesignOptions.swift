// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// What a model's columns mean where the formula and the data leave it open, and how large the model
/// may be.
public struct DesignOptions: Sendable {
  /// The coding of categorical columns by column name; a numeric column named here becomes
  /// categorical. Default: dummy coding with the first level as base.
  public var contrasts: [String: ContrastSpecification]
  /// Numeric columns to treat as categorical; naming a categorical column changes nothing.
  public var categorical: Set<String>
  /// The order of the levels of categorical columns: all levels that occur, once each.
  public var levels: [String: [String]]
  /// The column of prior weights, all positive.
  public var weights: String?
  /// The column of frequency weights: how many identical observations a row stands for, as a whole
  /// number. The fit is that of the table with each row repeated so often, and rows of frequency
  /// zero are left out (`fweight` in Stata, `FREQ` in SAS; lme4 and MixedModels.jl have none).
  public var frequencyWeights: String?
  /// The column of known contributions to the linear predictor, added to `offset(...)` terms.
  public var offset: String?
  /// The most memory in bytes that a fit may take, by the estimate of its ``FitPlan``; a model that
  /// would take more is refused before its arrays are allocated. `nil` for no limit.
  public var memoryLimit: Int?
  /// How the log-determinant of a linear model is found. A stochastic one is for crossed grouping
  /// factors; where all are nested, nothing is gained by it, and the exact one is taken.
  public var logDeterminant: LogDeterminantMethod

  public init(
    contrasts: [String: ContrastSpecification] = [:], categorical: Set<String> = [],
    levels: [String: [String]] = [:], weights: String? = nil,
    frequencyWeights: String? = nil, offset: String? = nil, memoryLimit: Int? = nil,
    logDeterminant: LogDeterminantMethod = .exact
  ) {
    self.contrasts = contrasts
    self.categorical = categorical
    self.levels = levels
    self.weights = weights
    self.frequencyWeights = frequencyWeights
    self.offset = offset
    self.memoryLimit = memoryLimit
    self.logDeterminant = logDeterminant
  }

  /// Whether these options make the column of the given name categorical, whatever it holds.
  func makesCategorical(_ name: String) -> Bool {
    categorical.contains(name) || contrasts[name] != nil || levels[name] != nil
  }
}
