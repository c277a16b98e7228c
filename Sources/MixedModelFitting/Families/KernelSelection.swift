// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// The kernel of a family and link: a closed form where there is one, otherwise the chain rule.
///
/// No family or link needs to be named here; a pair that is named is only faster, or more
/// accurate in the tails, since its loop is compiled for it.
func rowKernel(_ family: any Family, _ link: any Link) -> any RowKernel {
  switch family {
  case let family as Gaussian: gaussianKernel(family, link)
  case is Binomial: binomialKernel(link)
  case let family as Poisson: poissonKernel(family, link)
  case let family as Gamma: gammaKernel(family, link)
  case let family as InverseGaussian: inverseGaussianKernel(family, link)
  case let family as NegativeBinomial:
    link is LogLink ? NegativeBinomialLogKernel() : chainKernel(family, link)
  case let family as Quasi where family.isBinomial: binomialKernel(link)
  case let family as Quasi where family.isPoisson: poissonKernel(Poisson(), link)
  default: chainKernel(family, link)
  }
}

private func gaussianKernel(_ family: Gaussian, _ link: any Link) -> any RowKernel {
  switch link {
  case let link as IdentityLink: ChainKernel(family, link)
  case let link as InverseLink: ChainKernel(family, link)
  case is LogLink: GaussianLogKernel()
  default: chainKernel(family, link)
  }
}

private func binomialKernel(_ link: any Link) -> any RowKernel {
  switch link {
  case is LogitLink: BinomialLogitKernel()
  case let link as ProbitLink: BinomialKernel(link: link)
  case let link as ComplementaryLogLogLink: BinomialKernel(link: link)
  case let link as CauchitLink: BinomialKernel(link: link)
  case let link as LogLink: BinomialKernel(link: link)
  default: genericBinomialKernel(link)
  }
}

private func poissonKernel(_ family: Poisson, _ link: any Link) -> any RowKernel {
  switch link {
  case is LogLink: PoissonLogKernel()
  case let link as IdentityLink: ChainKernel(family, link)
  case let link as SquareRootLink: ChainKernel(family, link)
  default: chainKernel(family, link)
  }
}

private func gammaKernel(_ family: Gamma, _ link: any Link) -> any RowKernel {
  switch link {
  case is LogLink: GammaLogKernel()
  case let link as InverseLink: ChainKernel(family, link)
  case let link as IdentityLink: ChainKernel(family, link)
  default: chainKernel(family, link)
  }
}

private func inverseGaussianKernel(_ family: InverseGaussian, _ link: any Link) -> any RowKernel {
  switch link {
  case is LogLink: InverseGaussianLogKernel()
  case let link as InverseSquareLink: ChainKernel(family, link)
  default: chainKernel(family, link)
  }
}

// Opening the existentials gives a kernel whose loop calls the family and link dynamically.

private func chainKernel(_ family: some Family, _ link: some Link) -> any RowKernel {
  ChainKernel(family, link)
}

private func genericBinomialKernel(_ link: some Link) -> any RowKernel {
  BinomialKernel(link: link)
}
