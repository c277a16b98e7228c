// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import ModelOptimization

extension SavedModelRecord {
  /// What a file says of a model.
  init(_ model: SavedModel) throws(MixedModelError) {
    format = Self.formatName
    version = Self.currentVersion
    formula = model.formula.source
    expandedFormula = model.formula.description
    data = DataRecord(model)
    design = DesignRecord(model.design)
    fit = FitRecord(model)
    estimates = try EstimatesRecord(model)
    certificate = CertificateRecord(model.certificate)
    optimization = OptimizationRecord(model.fitReport)
  }
}

extension SavedModelRecord.DataRecord {
  fileprivate init(_ model: SavedModel) {
    source = Nullable(model.source)
    let rowCounts = model.design.rowCounts
    rowsUsed = rowCounts.used
    observations = rowCounts.observations
    rowsDropped = rowCounts.dropped
    rowsOfFrequencyZero = rowCounts.zeroFrequency
    weights = Nullable(model.design.weights)
    frequencyWeights = Nullable(model.design.frequencyWeights)
    offset = Nullable(model.design.offset)
    columns = zip(model.design.columnNames, model.columnDigests).map {
      ColumnRecord(name: $0, kind: $1.kind, digest: $1.text)
    }
  }
}

extension SavedModelRecord.FitRecord {
  fileprivate init(_ model: SavedModel) {
    criterion = model.criterionName
    switch model.fit {
    case .linear:
      isLinear = true
      quadraturePoints = Nullable(nil)
      information = Nullable(nil)
      covariance = Nullable(nil)
    case .generalized(let criterion, let kind, let covarianceKind):
      isLinear = false
      quadraturePoints = Nullable(criterion.hasQuadrature ? criterion.quadraturePoints : nil)
      information = Nullable(kind.rawValue)
      covariance = Nullable(covarianceKind.rawValue)
    }
    jointCovarianceFailed = model.findings.jointCovarianceFailed
    family = model.family.name
    knownSize = Nullable((model.family as? NegativeBinomial)?.size)
    link = model.link.name
    identification = model.findings.identification.map { finding in
      Nullable(
        finding.map {
          SavedModelRecord.IdentificationRecord(
            zeroCovariates: $0.zeroCovariates, openEffects: $0.openEffects,
            opensVariances: $0.opensVariances,
            absorbsResidualVariance: $0.absorbsResidualVariance)
        })
    }
    let coinciding = model.findings.coincidingEffects
    coincidingEffects = coinciding.isEmpty ? nil : coinciding
    let spanned = model.findings.spannedEffects
    spannedEffects = spanned.allSatisfy(\.isEmpty) ? nil : spanned
    let nearlyDetermined = model.findings.nearlyDeterminedColumns
    nearlyDeterminedColumns = nearlyDetermined.isEmpty ? nil : nearlyDetermined
    residualVarianceVanishes = model.findings.residualVarianceVanishes
  }
}

extension SavedModelRecord.EstimatesRecord {
  fileprivate init(_ model: SavedModel) throws(MixedModelError) {
    theta = model.theta
    sigma = Nullable(model.sigma)
    dispersion = Nullable(model.dispersion)
    sizeParameter = Nullable(model.sizeParameter)
    objective = model.objective
    deviance = model.deviance
    fixedEffects = FixedEffectsRecord(
      names: model.fixedEffects.allNames, estimable: model.fixedEffects.estimable,
      estimates: model.fixedEffects.estimates, covariance: model.fixedEffects.covariance.rows)
    stochasticLogDeterminant = model.stochasticError.map {
      StochasticRecord(
        probes: $0.probeCount, seed: $0.seed, steps: $0.stepCount, values: $0.probeValues)
    }
    let covariances =
      model.stochasticError == nil ? try model.randomEffects.conditionalCovariances() : nil
    randomEffects = model.randomEffects.enumerated().map { place, group in
      RandomEffectsRecord(
        groupingFactor: group.groupingFactor,
        sphericalRandomEffects: group.sphericalRandomEffects.values,
        conditionalCovariances: covariances?[place].lowerTriangles)
    }
  }
}

extension SavedModelRecord.CertificateRecord {
  fileprivate init(_ certificate: Certificate) {
    gradientNorm = certificate.gradientNorm
    leastCurvature = certificate.leastCurvature
    curvatureIsExact = certificate.curvatureIsExact
    boundaryConditions = certificate.boundaryConditions.map {
      BoundaryRecord(groupingFactor: $0.groupingFactor, leastSlope: $0.leastSlope)
    }
  }
}

extension SavedModelRecord.OptimizationRecord {
  fileprivate init(_ report: FitReport) {
    optimizer = report.optimizerName
    backend = report.backend
    options = OptionsRecord(
      ftolRelative: Nullable(report.options.ftolRelative),
      ftolAbsolute: Nullable(report.options.ftolAbsolute),
      xtolRelative: Nullable(report.options.xtolRelative),
      xtolAbsolute: Nullable(report.options.xtolAbsolute),
      initialStep: Nullable(report.options.initialStep),
      maxEvaluations: Nullable(report.options.maxEvaluations),
      maxTime: Nullable(report.options.maxTime), start: Nullable(report.options.start),
      lowerBounds: Nullable(report.options.lowerBounds))
    evaluations = report.evaluations
    gradientEvaluations = report.gradientEvaluations
    initialParameters = report.initialParameters
    initialObjective = report.initialObjective
    finalParameters = report.finalParameters
    finalObjective = report.finalObjective
    termination = report.termination.rawValue
  }
}

// MARK: - Forms of values in the file

extension GeneralizedCriterion {
  fileprivate var hasQuadrature: Bool {
    switch self {
    case .quadrature, .profiledQuadrature: true
    case .laplace, .profiledLaplace, .pseudoLikelihood, .restrictedPseudoLikelihood: false
    }
  }
}

extension ColumnDigest {
  fileprivate var text: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

extension ConditionalCovariances {
  fileprivate var lowerTriangles: [Double] {
    var result: [Double] = []
    result.reserveCapacity(levelCount * dimension * (dimension + 1) / 2)
    for start in stride(from: 0, to: values.count, by: dimension * dimension) {
      for j in 0..<dimension {
        for i in j..<dimension { result.append(values[start + i + j * dimension]) }
      }
    }
    return result
  }
}
