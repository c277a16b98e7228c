// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// Which grouping factors a prediction conditions on: whose random effects stand at their
/// conditional modes. Those of all other factors take no part; see ``OtherEffects``.
public enum RandomEffectsSelection: Sendable, Hashable {
  /// All of them (`re.form = NULL` in lme4, 'Conditional' true in MATLAB).
  case all
  /// None: the population (`re.form = NA` in lme4, 'Conditional' false in MATLAB). The data then
  /// need no grouping columns.
  case none
  /// Those of the given names (`re.form = ~(1 | g)` in lme4). The data need their columns only.
  case groupingFactors([String])
}

/// The scale of predictions.
public enum PredictionScale: String, Sendable, Hashable {
  /// The linear predictor.
  case link
  /// The mean of the response: a probability for binomial responses.
  case response
}

/// What becomes of rows whose level of a grouping factor the fit had no rows of.
public enum NewLevels: String, Sendable, Hashable {
  /// An error that names row, column and level.
  case error
  /// The row is predicted with an effect of zero for that factor (`allow.new.levels = TRUE` in
  /// lme4, `:population` in MixedModels.jl); intervals count the effect's variance.
  case population
  /// The row has no prediction (`:missing` in MixedModels.jl).
  case missing
}

/// What stands for random effects that a prediction does not condition on: those of factors that
/// are not selected, and of new levels.
public enum OtherEffects: String, Sendable, Hashable {
  /// Zero: the prediction is for a typical group. In a generalized model that is not the average
  /// over groups.
  case zero
  /// The mean of the response is averaged over their distribution. With nothing selected it is the
  /// population-averaged mean, which a marginal model would have.
  case averaged
}

/// An interval with its coverage probability, between zero and one.
public enum PredictionInterval: Sendable, Hashable {
  /// For the mean of the response.
  case confidence(Double)
  /// For a new observation.
  case prediction(Double)

  /// The coverage probability.
  public var level: Double {
    switch self {
    case .confidence(let level), .prediction(let level): level
    }
  }
}

/// What the coverage probability of intervals is the probability of.
public enum IntervalCoverage: String, Sendable, Hashable {
  /// That an interval holds, each by itself.
  case pointwise
  /// That all intervals hold together, at whatever rows of predictors there may be (Scheffé's method;
  /// 'Simultaneous' in MATLAB).
  case simultaneous
}
